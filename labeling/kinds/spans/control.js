// Kind `spans`: parts of a text with labels, and how they relate.

import { ngettext } from "../../plural.js";
import { gettext } from "../../words.js";
import { relationsOf, spansOf } from "./marks.js";
import { Spans } from "./spans.js";

export const hands = () => import("./hands.js");

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

/** @type {NonNullable<KindModule["differences"]>} */
export const differences = async (question, values, payload) => (await import("./differences.js")).differences(question, values, payload);

/**
 * @param {HTMLElement} root @param {Question} question
 * @param {() => void} changed
 * @returns {Control}
 */
export const mount = (root, question, changed) => new Spans(root, question, changed, hands);
