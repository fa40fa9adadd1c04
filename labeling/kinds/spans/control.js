// Kind `spans`: parts of a text with labels, by keys, mouse or finger; and how they relate.

import { filledLater } from "../../later.js";
import { gettext, ngettext } from "../../words.js";
import { relationsOf, spansOf } from "./marks.js";
import { Spans } from "./spans.js";

/** @type {KindModule["keys"]} */
export const keys = [
  ["left right up down", gettext("Word before, after, above, below")],
  ["Shift+← Shift+→", gettext("Mark more words, or move the end of a marked part")],
  ["1 … 9 0", gettext("Label what is marked, or change the label of the chosen part")],
  ["next previous", gettext("Next, previous marked part")],
  ["letter-back letter-on", gettext("End a letter earlier, later; with Shift the start")],
  ["remove", gettext("Remove the chosen part")],
  ["new", gettext("Mark the same words once more, for another label")],
  ["relate", gettext("Relate the chosen part to another: N or P, then the number of the relation")],
  ["toggle", gettext("Take over a part that somebody else marked")],
  ["search", gettext("Filter a long list of labels")],
];

/** @param {Question} question @param {any} value */
export function words(question, value) {
  const counted = (/** @type {Label} */ { id, name }) => {
    const count = spansOf(value).filter(({ label }) => label === id).length;
    return count ? `${count} ${name}` : "";
  };
  const relations = relationsOf(value).length;
  const all = [...question.labels.map(counted), relations && ngettext("one relation", "{n} relations", relations)];
  return all.filter(Boolean).join(", ") || gettext("nothing marked");
}

/** @param {Question} question @param {any[]} values @param {Record<string, unknown>} payload */
export const differences = (question, values, payload) =>
  filledLater(values.map((value) => words(question, value)), import("./differences.js").then((part) => part.differences(question, values, payload)));

/**
 * @param {HTMLElement} root @param {Question} question
 * @param {() => void} changed
 * @returns {Control}
 */
export const mount = (root, question, changed) => new Spans(root, question, changed);
