// What was answered in this session, and can be changed. Loaded behind the first task.

import { byId, make, say } from "./screen.js";
import { gettext } from "./words.js";

/** So many answers can be called back. */
export const RECALLED = 50;
const MARKS = { kept: ["○", gettext("kept here, not sent yet")], saved: ["✓", gettext("saved")], refused: ["!", gettext("not taken")] };

/** @type {WeakMap<Given, {row: HTMLElement, paint: () => void}>} */
const made = new WeakMap();

/** @param {Given} one @param {(one: Given) => void} correct */
function rowOf(one, correct) {
  const sign = make("span", "mark");
  const button = make("button", "button button-quiet button-small", gettext("Change"));
  button.type = "button";
  button.addEventListener("click", () => correct(one));
  /** @type {Given["state"] | null} */
  let shown = null;
  const paint = () => {
    if (shown === one.state) return;
    shown = one.state;
    const [mark, words] = MARKS[shown];
    sign.className = `mark is-${shown}`;
    sign.title = words;
    say(sign, mark);
    button.setAttribute("aria-label", gettext("Change the answer {said}, {words}", { said: one.said, words }));
  };
  const row = make("li", "", sign, make("span", "given-said", one.said), button);
  return { row, paint };
}

/** Only what is new is made, only what changed is painted: this follows every answer.
 * @param {Given[]} given newest last @param {(one: Given) => void} correct */
export function paintGiven(given, correct) {
  const list = byId("given");
  let next = list.firstElementChild;
  for (const one of given.slice(-RECALLED).reverse()) {
    const known = made.get(one) ?? rowOf(one, correct);
    made.set(one, known);
    known.paint();
    if (known.row === next) next = next.nextElementSibling;
    else list.insertBefore(known.row, next);
  }
  for (let old = next; old; old = next) {
    next = old.nextElementSibling;
    old.remove();
  }
}
