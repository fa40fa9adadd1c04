// Kind `chat`: turns of a conversation, rated one after the other by keys, and put right.

import { ngettext } from "../../plural.js";
import { gettext } from "../../words.js";
import { read } from "./said.js";
import { Turns } from "./panel.js";

/** @type {KindModule["keys"]} */
export const keys = [
  ["left right", gettext("Turn before, after; then the whole conversation")],
  ["next previous", gettext("Turn after, before")],
  ["1 … 9 0", gettext("Rate by the criterion that is next, and go on")],
  ["up down", gettext("Criterion above, below")],
  ["edit", gettext("Write the correction, or the note that is needed")],
  ["Shift+E", gettext("Write a note on the criterion")],
  ["Esc", gettext("Stop writing: keys mean actions again")],
  ["Ctrl+Enter", gettext("While writing: submit")],
];

/** @param {Question} _question @param {any} value */
export function words(_question, value) {
  const said = [...read(value).values()];
  const corrected = said.filter(({ correction }) => correction).length;
  const rated = value.turns.length;
  const parts = [
    ngettext("one turn judged", "{n} turns judged", rated),
    corrected ? ngettext("one corrected", "{n} corrected", corrected) : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** @type {NonNullable<KindModule["differences"]>} */
export const differences = async (question, values, payload) => (await import("./differences.js")).differences(question, values, payload);

/** @type {KindModule["mount"]} */
export const mount = (root, question, changed) => new Turns(root, question, changed);
