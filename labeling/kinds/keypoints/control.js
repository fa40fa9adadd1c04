// Kind `keypoints`: named points of each thing on a picture. How they are set, one after the other: hands.js.

import { Marked } from "../../shapes/marked.js";
import { lines } from "../../shapes/plane.js";
import { gettext, number } from "../../words.js";

export { words } from "../../shapes/counted.js";

export const hands = () => import("./hands.js");

/** @type {NonNullable<KindModule["differences"]>} */
export const differences = async (question, values) => (await import("../../shapes/differences.js")).differences(question, values);

/** @param {Question} question @returns {Form} */
function form(question) {
  /** @type {Label[]} */
  const all = question.points;
  /** @type {[string, string][]} */
  const skeleton = question.skeleton ?? [];
  /** Those that are set, in the order of the question. @param {Mark} mark */
  const set = ({ points }) => all.filter(({ id }) => points[id]);
  /** @param {Mark} mark @returns {Place[]} */
  const places = (mark) => set(mark).map(({ id }) => [mark.points[id][0], mark.points[id][1]]);
  return {
    noun: gettext("Points"),
    create: gettext("New points"),
    outline: places,
    draw(mark) {
      const { points } = mark;
      const bones = skeleton.filter(([a, b]) => points[a] && points[b]).map(([a, b]) => lines([points[a].slice(0, 2), points[b].slice(0, 2)]));
      // What is hidden is a small dot, what is seen a large one.
      const [seen, hidden] = [false, true].map((covered) => set(mark).map(({ id }) => points[id]).filter((place) => place.length > 2 === covered));
      const faint = hidden.map(([x, y]) => `M${x} ${y}h0`);
      return { path: [...bones, ...faint].join(""), tag: places(mark)[0] ?? [0, 0], dots: seen };
    },
    where(mark) {
      const hidden = set(mark).filter(({ id }) => mark.points[id].length > 2).length;
      const count = gettext("{n} of {count} points", { n: number(set(mark).length), count: number(all.length) });
      return hidden ? `${count} · ${gettext("{n} hidden", { n: number(hidden) })}` : count;
    },
  };
}

/** @param {HTMLElement} root @param {Question} question @param {() => void} changed @returns {Control} */
export function mount(root, question, changed) {
  const full = { ...question, labels: question.labels ?? [] };
  return new Marked(root, full, changed, form(full), hands);
}
