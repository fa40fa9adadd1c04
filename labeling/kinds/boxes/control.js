// Kind `boxes`: things on a picture in boxes, which may be turned. What is done to them: hands.js.

import { Marked } from "../../shapes/marked.js";
import { centre, lines, turned } from "../../shapes/plane.js";
import { gettext, number } from "../../words.js";

export { words } from "../../shapes/counted.js";

export const hands = () => import("./hands.js");

/** @type {NonNullable<KindModule["differences"]>} */
export const differences = async (question, values) => (await import("../../shapes/differences.js")).differences(question, values);

/** @param {Mark} mark @returns {Place[]} */
function outline(mark) {
  const { x, y, width, height, rotation = 0 } = mark;
  /** @type {Place[]} */
  const plain = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
  return rotation ? plain.map((corner) => turned(corner, centre(mark), rotation)) : plain;
}

/** @type {Form} */
const form = {
  noun: gettext("Box"),
  create: gettext("New box"),
  outline,
  draw(mark) {
    const corners = outline(mark);
    return { path: lines(corners, "Z"), tag: corners[0] };
  },
  where({ x, y, width, height, rotation }) {
    const [left, top, wide, high] = [x, y, width, height].map((each) => number(Math.round(each)));
    const place = gettext("{left}, {top} · {wide} × {high}", { left, top, wide, high });
    return rotation ? `${place} · ${number(rotation)}°` : place;
  },
};

/** @param {HTMLElement} root @param {Question} question @param {() => void} changed @returns {Control} */
export const mount = (root, question, changed) => new Marked(root, question, changed, form, hands);
