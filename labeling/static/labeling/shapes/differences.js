// Lists of marks side by side, and what of them others do not have. Loaded when answers differ.

import { make } from "../screen.js";
import { gettext, number } from "../words.js";
import { nameOf, words } from "./counted.js";
import { bounds } from "./plane.js";

const SAME = 0.5;

/** The upright frame around any kind of mark. @param {Mark} mark */
function frame({ x, y, width, height, points }) {
  if (!points) return [x, y, x + width, y + height];
  return bounds(Object.values(points));
}

/** @param {Mark} a @param {Mark} b */
function isSame(a, b) {
  const [one, two] = [frame(a), frame(b)];
  const wide = Math.min(one[2], two[2]) - Math.max(one[0], two[0]);
  const high = Math.min(one[3], two[3]) - Math.max(one[1], two[1]);
  if (a.label !== b.label || wide < 0 || high < 0) return false;
  // Frames of lines may have no area: one more pixel each way.
  const area = (/** @type {number[]} */ [left, top, right, bottom]) => (right - left + 1) * (bottom - top + 1);
  const both = (wide + 1) * (high + 1);
  return both / (area(one) + area(two) - both) >= SAME;
}

/** What each person marked; a mark that somebody lacks has a sign and says so.
 * @param {Question} question @param {any[]} values */
export function differences(question, values) {
  const lists = values.filter(Array.isArray);
  return values.map((value) => {
    if (!Array.isArray(value)) return "–";
    if (!value.length) return words(question, value);
    return make("ul", "mark-said", ...value.map((mark) => {
      const [x, y] = frame(mark).map((each) => number(Math.round(each)));
      const text = `${nameOf(question.labels, mark.label)} ${x}, ${y}`;
      const shared = lists.every((list) => list === value || list.some((other) => isSame(mark, other)));
      return make("li", "", shared ? text : make("strong", "", gettext("≠ {text}: not marked by all", { text })));
    }));
  });
}
