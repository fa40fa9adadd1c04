// Kind `pairwise`: which of two fields is better. The fields stand side by side, their answers in the same order.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";
import * as choice from "../choice/control.js";

export const single = true;

/** @param {string} name */
const readable = (name) => name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

/** @param {Question} question @param {string} value */
export function words(question, value) {
  if (value === "tie") return gettext("About the same");
  if (value === "both_bad") return gettext("Both are bad");
  return gettext("{name} is better", { name: readable(question[value]) });
}

/** @type {KindModule["keys"]} */
export const keys = [
  ["1 2", gettext("The first, the second is better")],
  ["3 4", gettext("About the same, both are bad: where that may be said")],
  ["up down", gettext("Answer above, below")],
];

/** Half of the tasks, and always the same ones: neighbours are mixed (Knuth's multiplicative hash). @param {number} task */
const isSwapped = (task) => Boolean((Math.imul(task, 2654435761) >>> 16) & 1);

/** @param {Question} question @param {boolean} swapped */
function labels(question, swapped) {
  const more = [question.ties && "tie", question.both_bad && "both_bad"].filter(Boolean);
  const values = [...(swapped ? ["b", "a"] : ["a", "b"]), ...more];
  return values.map((value) => ({ id: value, name: words(question, value) }));
}

/** Puts the two fields beside each other, in place of the first; the page makes both anew for each task.
 * @param {(HTMLElement | null)[]} stages @param {string[]} names */
function sideBySide(stages, names) {
  const first = stages.find(Boolean);
  if (!first || stages.some((stage) => stage?.closest(".pair"))) return;
  const pair = make("div", "pair");
  first.before(pair);
  stages.forEach((stage, place) => {
    const head = make("h2", "pair-head", make("kbd", "", String(place + 1)), ` ${readable(names[place])}`);
    pair.append(make("section", "pair-side", head, stage ?? make("p", "muted", gettext("Nothing here."))));
  });
}

/** @type {KindModule["mount"]} */
export function mount(root, question, changed) {
  const orders = (question.swap ? [false, true] : [false]).map((swapped) => {
    const box = make("div");
    root.append(box);
    const asked = { ...question, id: `${question.id}-${Number(swapped)}`, labels: labels(question, swapped) };
    return { box, control: choice.mount(box, asked, changed) };
  });
  let now = orders[0];

  return {
    show(view) {
      const swapped = Boolean(question.swap) && isSwapped(view.task);
      now = orders[Number(swapped)];
      for (const order of orders) order.box.hidden = order !== now;
      const names = swapped ? [question.b, question.a] : [question.a, question.b];
      sideBySide(names.map(view.stage), names);
      now.control.show(view);
    },
    read: () => now.control.read(),
    act: (press) => now.control.act(press),
    active: (on) => orders.forEach(({ control }) => control.active(on)),
  };
}
