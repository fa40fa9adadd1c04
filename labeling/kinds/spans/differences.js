// For who settles a difference: each one's marks as a list, those that not everybody made marked.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";
import { keyOf, relationsOf, spansOf } from "./marks.js";
import { lookOf, tagOf } from "./panel.js";
import { excerpt, offsets } from "./places.js";

/** @param {string} tag @param {string} look @param {string} words @param {string} label @param {boolean} differs */
function row(tag, look, words, label, differs) {
  const item = make("li", differs ? "differs" : "", make("span", `span-tag ${look}`, tag), " ", make("bdi", "span-words", words), ` ${label}`);
  if (differs) item.append(" ", make("span", "pill pill-warn", `≠ ${gettext("differs")}`));
  return item;
}

/** @param {Question} question @param {any[]} values @param {Record<string, unknown>} payload */
export function differences(question, values, payload) {
  const text = String(payload[question.field ?? ""] ?? "");
  const { toUnits } = offsets(text);
  /** @param {{start: number, end: number}} span */
  const wordsOf = ({ start, end }) => excerpt(text, { start: toUnits(start), end: toUnits(end) });
  /** Each mark of a value under a key that means the same for everybody. @param {any} value */
  const marksOf = (value) => {
    const spans = spansOf(value);
    /** @type {Map<string, [string, string, string, string]>} */
    const found = new Map();
    for (const span of spans) {
      const at = question.labels.findIndex(({ id }) => id === span.label);
      found.set(keyOf(span), [tagOf(at), lookOf(at), wordsOf(span), question.labels[at]?.name ?? span.label]);
    }
    for (const { from, to, label } of relationsOf(value)) {
      const name = question.relations?.find((/** @type {Label} */ one) => one.id === label)?.name ?? label;
      found.set(`${keyOf(spans[from])} → ${keyOf(spans[to])} ${label}`, ["→", "", `${wordsOf(spans[from])} → ${wordsOf(spans[to])}`, name]);
    }
    return found;
  };
  const all = values.map(marksOf);
  return all.map((marks) => {
    const rows = [...marks].map(([key, parts]) => row(...parts, !all.every((other) => other.has(key))));
    return rows.length ? make("ul", "span-differences", ...rows) : gettext("nothing marked");
  });
}
