// Records side by side, leaf by leaf, for who settles a difference.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";
import { at, labelOf, leaves, pathOf, same, wordsOf } from "./leaves.js";

/** One list for each value: all leaves that any of them has; where they differ it is said.
 * @param {JsonSchema} schema @param {any[]} values */
export function differences(schema, values) {
  /** @type {Map<string, Way>} */
  const ways = new Map();
  for (const value of values) {
    if (value === undefined) continue;
    for (const [way] of leaves(value)) if (way.length) ways.set(pathOf(way), way);
  }
  const rows = [...ways.values()].filter((way) => isLowest(way, values));
  return values.map((value) => (value === undefined ? "–" : make("dl", "record-differences", ...rows.map((way) => row(schema, way, value, values)))));
}

/** Where one has a list with nothing in it and another has rows, the rows are told. @param {Way} way @param {any[]} values */
const isLowest = (way, values) => values.every((value) => !hasInside(at(value, way)));

/** @param {any} value */
const hasInside = (value) => Boolean(value) && typeof value === "object" && Object.keys(value).length > 0;

/** @param {JsonSchema} schema @param {Way} way @param {any} value @param {any[]} values */
function row(schema, way, value, values) {
  const given = values.filter((each) => each !== undefined);
  const differ = given.some((each) => !same(at(each, way), at(given[0], way)));
  const said = make("dd", differ ? "differs" : "", wordsOf(at(value, way)));
  if (differ) said.prepend(make("span", "record-sign", "≠"), make("span", "visually-hidden", ` ${gettext("differs")}: `), " ");
  return make("div", "", make("dt", "", labelOf(schema, way)), said);
}
