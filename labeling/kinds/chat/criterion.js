// One criterion of the rubric: a scale as `rating` has it or a list as `choice` has it, and its note.

import { make, say } from "../../screen.js";
import { gettext } from "../../words.js";
import * as choice from "../choice/control.js";
import * as rating from "../rating/control.js";
import { wantsNote } from "./said.js";
import { field } from "./writing.js";

/** As a question of the kind whose control it uses. @param {Question} question @param {any} criterion @returns {Question} */
function asked({ id }, { value, title, options, ...scale }) {
  const labels = (options ?? []).map((/** @type {any} */ one) => ({ id: one.value, name: one.title, description: one.description }));
  return { from: 1, ...scale, id: `${id}-${value}`, kind: options ? "choice" : "rating", title, labels };
}

/** A step in words. @param {any} criterion @param {any} step */
export const stepWords = (criterion, step) => {
  const question = asked({ id: "", kind: "", title: "", labels: [] }, criterion);
  return step === undefined ? "–" : (criterion.options ? choice : rating).words(question, step);
};

/** @param {Question} question @param {any} criterion
 * @param {{rated: (step: any) => void, noted: (text: string) => void, entered: () => void}} tell */
export function mount(question, criterion, tell) {
  const { value, title, description, note: rule = "allowed" } = criterion;
  const group = make("fieldset", "chat-criterion", make("legend", "", title));
  if (description) group.append(make("p", "small muted", description));
  const as = asked(question, criterion);
  const scale = (criterion.options ? choice : rating).mount(group, as, () => tell.rated(scale.read()));
  const hint = make("p", "small chat-wanted");
  hint.id = `chat-wanted-${question.id}-${value}`;
  const writing = field(gettext("Note on {title}", { title }), tell.noted);
  writing.area.setAttribute("aria-describedby", hint.id);
  const open = make("button", "button button-small", gettext("Write a note"));
  open.type = "button";
  open.setAttribute("aria-label", gettext("Write a note on {title}", { title }));
  open.hidden = rule === "none";
  open.addEventListener("click", () => write());
  group.append(hint, writing.area, open);
  group.addEventListener("focusin", tell.entered);

  /** @param {any} step @param {string} note */
  function paint(step, note) {
    const wanted = wantsNote(criterion, step);
    const shown = rule !== "none" && (wanted || Boolean(note) || document.activeElement === writing.area);
    writing.area.hidden = !shown;
    open.hidden = shown || rule === "none";
    writing.area.required = wanted;
    say(hint, wanted && !note ? gettext("This rating needs a note: press E to write it.") : "");
    hint.hidden = !hint.textContent;
  }

  function write() {
    if (rule === "none") return false;
    writing.area.hidden = false;
    open.hidden = true;
    writing.area.focus();
    return true;
  }

  return {
    criterion,
    element: group,
    finish: writing.finish,
    write,
    paint,
    /** @param {View} view of this criterion @param {string} note */
    show(view, note) {
      scale.show(view);
      writing.show(note);
      paint(view.value, note);
    },
    /** @param {Press} press */
    act: (press) => scale.act(press),
    /** @param {boolean} on */
    active(on) {
      group.classList.toggle("is-rated-next", on);
      scale.active(on);
    },
  };
}
