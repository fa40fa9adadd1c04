// What was answered in this session, and can be changed. Loaded with the first answer.

import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** So many answers can be called back. */
export const RECALLED = 50;
const MARKS = { kept: ["○", gettext("kept here, not sent yet")], saved: ["✓", gettext("saved")], refused: ["!", gettext("not taken")] };

/** @param {Given[]} given newest last @param {(one: Given) => void} correct */
export function paintGiven(given, correct) {
  const rows = given.slice(-RECALLED).reverse().map((one) => {
    const [mark, words] = MARKS[one.state];
    const sign = make("span", `mark is-${one.state}`, mark);
    sign.title = words;
    const button = make("button", "button button-quiet button-small", gettext("Change"));
    button.type = "button";
    button.setAttribute("aria-label", gettext("Change the answer {said}, {words}", { said: one.said, words }));
    button.addEventListener("click", () => correct(one));
    return make("li", "", sign, make("span", "given-said", one.said), button);
  });
  byId("given").replaceChildren(...rows);
}
