// What a person begins a task with: an answer to start from, and what others said, as far as it may be seen.

import { gettext } from "./words.js";

/** The queue keeps the model's answer back until there is an own one. @param {Assignment} assignment */
export const waits = ({ shown, guess, answer, task }) => shown === "after_guess" && !guess && !answer && [task.pre_label, task.unfit].some((said) => Object.keys(said ?? {}).length);

/** @param {NonNullable<Task["pre_label"]>} preLabel @returns {Answer} */
const valuesOf = (preLabel) => Object.fromEntries(Object.entries(preLabel).map(([id, { value }]) => [id, value]));

/** People are A, B, …; one's own first answer is Y, the model is M. @param {Assignment} assignment @returns {Side[]} */
export function opinionsOn(assignment) {
  const { task, guess } = assignment;
  if (!task.opinions?.length && !guess) return [];
  /** @type {Side[]} */
  const said = (task.opinions ?? []).map((opinion, place) => ({ ...opinion, letter: String.fromCharCode(65 + place) }));
  if (guess) said.push({ name: gettext("Your first answer"), letter: "Y", answer: guess });
  if (!task.pre_label || task.blind || waits(assignment)) return said;
  return [...said, { name: gettext("Model"), letter: "M", answer: valuesOf(task.pre_label) }];
}

/** A person starts from: an own answer, a draft, else the model's answer where it may be seen.
 * @param {Assignment} assignment @returns {Answer} */
export function startingAnswer({ task, draft, answer, shown }) {
  if (answer ?? draft) return answer ?? draft ?? {};
  // Who settles a difference must choose, and who answers first: nothing is chosen beforehand.
  if (shown === "after_guess" || task.blind || task.opinions?.length || !task.pre_label) return {};
  return valuesOf(task.pre_label);
}
