// A turn put right: the text as it should have been, and what that changes.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";
import { plain } from "./said.js";
import { field } from "./writing.js";

/** @param {(correction: string) => void} told "" where nothing was changed */
export function mount(told) {
  let base = "";
  const writing = field(gettext("Corrected text of this turn"), (text) => {
    told(correction());
    paint(text);
  });
  writing.area.rows = 4;
  const open = button(gettext("Correct this turn"), write);
  const back = button(gettext("Take the correction back"), () => {
    told("");
    show(base, "");
    open.focus();
  });
  const compared = make("div", "");
  const element = make("div", "chat-correction stack stack-tight", open, writing.area, compared, back);

  const correction = () => (plain(writing.area.value) === plain(base) ? "" : plain(writing.area.value));

  /** @param {string} text */
  function paint(text) {
    const now = plain(text);
    const changed = Boolean(now) && now !== plain(base);
    back.hidden = !changed;
    compared.hidden = !changed;
    if (!changed) return compared.replaceChildren();
    void import("../text/diff.js").then((part) => {
      if (plain(writing.area.value) !== now) return;
      const shown = make("p", "text-diff", ...part.marked(plain(base), now));
      shown.dir = "auto";
      compared.replaceChildren(make("p", "text-title small muted", gettext("What the correction changes")), shown);
      if (document.activeElement === writing.area) compared.scrollIntoView({ block: "nearest" });
    }, () => {});
  }

  /** @param {string} original @param {string} text */
  function show(original, text) {
    base = original;
    writing.show(text || original);
    const writes = document.activeElement === writing.area;
    writing.area.hidden = !text && !writes;
    open.hidden = !writing.area.hidden;
    paint(text);
  }

  function write() {
    writing.area.hidden = false;
    open.hidden = true;
    writing.area.focus();
  }

  return { element, finish: writing.finish, show, write };
}

/** @param {string} text @param {() => void} pressed */
function button(text, pressed) {
  const made = make("button", "button button-small", text);
  made.type = "button";
  made.addEventListener("click", pressed);
  return made;
}
