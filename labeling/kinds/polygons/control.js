// Kind `polygons`: outlines or lines on a picture, point by point. What is done to them: hands.js.

import { Marked } from "../../shapes/marked.js";
import { bounds, lines } from "../../shapes/plane.js";
import { gettext, number } from "../../words.js";

export { words } from "../../shapes/counted.js";

export const hands = () => import("./hands.js");

/** @type {NonNullable<KindModule["differences"]>} */
export const differences = async (question, values) => (await import("../../shapes/differences.js")).differences(question, values);

/** @param {boolean} closed @returns {Form} */
const form = (closed) => ({
  noun: closed ? gettext("Polygon") : gettext("Line"),
  create: closed ? gettext("New polygon") : gettext("New line"),
  outline: ({ points }) => points,
  draw: ({ points, drawing }) => ({
    path: lines(points, closed && !drawing ? "Z" : ""),
    tag: points[0] ?? [0, 0],
    dots: drawing ? points : undefined,
  }),
  where({ points }) {
    const [left, top] = bounds(points).map((each) => number(Math.round(each)));
    return gettext("{left}, {top} · {n} points", { left, top, n: number(points.length) });
  },
});

/** @param {HTMLElement} root @param {Question} question @param {() => void} changed @returns {Control} */
export const mount = (root, question, changed) => new Marked(root, question, changed, form(question.shape !== "line"), hands);
