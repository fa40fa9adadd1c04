// The conversation as it stands on the page: which turn is judged now, and what was said of each.

import { make, say } from "../../screen.js";
import { gettext } from "../../words.js";

/** @param {HTMLElement | null} stage @param {number} at a message that may not have been made yet */
function turnOf(stage, at) {
  const list = stage?.querySelector(".item-chat");
  const more = /** @type {HTMLButtonElement | null | undefined} */ (stage?.querySelector(":scope > button"));
  while (list && more && !more.hidden && !list.children[at]) more.click();
  return /** @type {HTMLElement | undefined} */ (list?.children[at]);
}

/** @param {HTMLElement | null} stage @param {number} at @param {string} words @param {boolean} done */
export function mark(stage, at, words, done) {
  const turn = stage?.querySelector(".item-chat")?.children[at];
  if (!turn) return;
  turn.classList.add("is-judged");
  const sign = turn.querySelector(".chat-state") ?? make("span");
  if (!sign.parentElement) turn.querySelector(".chat-who")?.append(" ", sign);
  sign.className = `chat-state pill ${done ? "pill-good" : ""}`;
  say(sign, words);
}

/** The ring is on this turn; -1: on none. @param {HTMLElement | null} stage @param {number} at */
export function point(stage, at) {
  for (const old of stage?.querySelectorAll(".chat-turn.is-current") ?? []) {
    old.classList.remove("is-current");
    old.removeAttribute("aria-current");
    old.querySelector(".chat-here")?.remove();
  }
  const turn = at < 0 ? undefined : turnOf(stage, at);
  if (!turn) return;
  turn.classList.add("is-current");
  turn.setAttribute("aria-current", "true");
  turn.querySelector(".chat-who")?.prepend(make("span", "chat-here", `▸ ${gettext("Judged now")} · `));
  turn.scrollIntoView({ block: "nearest" });
}

/** A turn that was clicked; -1: none. @param {HTMLElement | null} stage @param {(at: number) => void} chosen */
export function listen(stage, chosen) {
  const list = stage?.querySelector(".item-chat");
  list?.addEventListener("click", (event) => {
    const turn = /** @type {Element} */ (event.target).closest(".chat-turn");
    if (turn) chosen([...list.children].indexOf(turn));
  });
}
