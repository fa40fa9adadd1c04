// Where the model’s answer waits for a person’s own: what the page says before and after.

import { byId, make } from "./screen.js";
import { sideBySide, small } from "./opinions.js";
import { gettext, percent } from "./words.js";

/** @param {() => void} reveal */
export function paintWaiting(reveal) {
  const button = small(gettext("Compare with the model"), reveal);
  button.append(" ", make("kbd", "", "V"));
  const words = make("p", "", gettext("Answer on your own first; then you see what the model said."));
  show("notice-info", words, make("div", "button-row", button));
}

/** @param {Side[]} sides the first answer and the model’s @param {Assignment} assignment @param {Question[]} questions @param {(answer: Answer) => void} take */
export function paintCompared(sides, assignment, questions, take) {
  const caption = gettext("Your first answer beside the model’s");
  const table = sideBySide(caption, sides, questions, assignment.task.payload, take);
  const words = make("p", "", gettext("Change your answer or keep it, then submit. Both are kept."));
  show("", table, words);
}

/** How sure the model was, where it says so for its one question. @param {Task} task @param {Question[]} questions */
export function modelName(task, questions) {
  const said = questions.length === 1 ? task.pre_label?.[questions[0].id]?.confidence : null;
  const sure = typeof said === "number" ? ` ${percent(said)}` : "";
  return `${gettext("Model")}${sure}`;
}

/** @param {string} tone @param {...HTMLElement} children */
function show(tone, ...children) {
  const place = byId("aside");
  place.className = tone ? `notice ${tone}` : "compared";
  place.replaceChildren(...children);
  place.hidden = false;
}
