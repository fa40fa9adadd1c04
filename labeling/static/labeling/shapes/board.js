// Draws marks over a picture: one SVG per question, its nodes used again for task after task.
// A move of the picture touches none of them; a change of a mark touches that one.

import { lines } from "./plane.js";

const TONES = 8;
// So near to the upper edge, as a share of the height, a tag stands below its place.
const EDGE = 0.05;
const SPACE = "http://www.w3.org/2000/svg";

/** @param {string} tag @param {string} name @param {...Node} inner */
export function draw(tag, name, ...inner) {
  const element = document.createElementNS(SPACE, tag);
  element.setAttribute("class", name);
  element.append(...inner);
  return element;
}

/** A line that can be seen on any ground: light on dark. */
export const pair = () => [draw("path", "mark-halo"), draw("path", "mark-line")];

/** @param {Element[]} paths @param {string} path */
export const trace = (paths, path) => paths.forEach((each) => each.setAttribute("d", path));

/** @param {number} number of a label */
export const tone = (number) => `tone-${(number % TONES) + 1}`;

export class Board {
  /** @type {ReturnType<Board["node"]>[]} */
  #nodes = [];
  #marks = draw("g", "");
  #low = 0;
  others = draw("g", "mark-others");
  svg = draw("svg", "marks", this.others, this.#marks);

  /** @param {Form} form */
  constructor(form) {
    this.form = form;
    this.svg.setAttribute("aria-hidden", "true");
  }

  node() {
    const paths = pair();
    const dots = draw("path", "mark-dots");
    const text = draw("text", "mark-tag");
    return { group: draw("g", "mark", ...paths, dots, text), paths, dots, text, key: "" };
  }

  /** @param {number} width @param {number} height */
  sized(width, height) {
    this.#low = height * EDGE;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  /** @param {{mark: Mark, words: string, look: string}[]} all */
  paint(all) {
    while (this.#nodes.length < all.length) this.#nodes.push(this.node());
    for (const [number, node] of this.#nodes.entries()) {
      if (number >= all.length) node.group.remove();
      else {
        this.one(number, all[number]);
        if (node.group.parentNode !== this.#marks) this.#marks.append(node.group);
      }
    }
    this.#nodes.length = all.length;
  }

  /** @param {number} number @param {{mark: Mark, words: string, look: string}} what */
  one(number, what) {
    this.fill(this.#nodes[number], what);
  }

  /** @param {ReturnType<Board["node"]>} node @param {{mark: Mark, words: string, look: string}} what */
  fill(node, { mark, words, look }) {
    const { path, tag, dots } = this.form.draw(mark);
    const key = [path, words, look, dots].join("|");
    if (node.key === key) return;
    node.key = key;
    trace(node.paths, path);
    // A dot is a line of no length with round ends.
    node.dots.setAttribute("d", (dots ?? []).map((dot) => `${lines([dot])}h0`).join(""));
    node.group.setAttribute("class", `mark ${look}`);
    node.text.setAttribute("x", String(tag[0]));
    node.text.setAttribute("y", String(tag[1]));
    node.text.setAttribute("class", `mark-tag ${tag[1] < this.#low ? "is-low" : ""}`);
    node.text.textContent = words;
  }
}
