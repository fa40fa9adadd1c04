// What is in hand, over the marks of a board: what is being drawn, the crosshair, handles.

import { Board, draw, pair, trace } from "./board.js";

export class Drawing {
  #cross = pair();
  #handles = draw("g", "");

  /** @param {Board} board */
  constructor(board) {
    this.board = board;
    this.node = board.node();
    board.svg.append(this.node.group, draw("g", "mark-cross", ...this.#cross), this.#handles);
  }

  /** What is being drawn. @param {{mark: Mark, words: string, look: string} | null} what */
  draft(what) {
    const { node } = this;
    node.group.toggleAttribute("hidden", !what);
    if (what) return this.board.fill(node, what);
    trace([...node.paths, node.dots], "");
    node.text.textContent = node.key = "";
  }

  /** @param {Place[]} places @param {number} real those behind it add a point @param {number} held */
  handles(places, real, held) {
    while (this.#handles.childElementCount < places.length) this.#handles.append(draw("circle", "handle"));
    while (this.#handles.childElementCount > places.length) this.#handles.lastChild?.remove();
    places.forEach(([x, y], number) => {
      const handle = this.#handles.children[number];
      handle.toggleAttribute("hidden", Number.isNaN(x));
      if (Number.isNaN(x)) return;
      handle.setAttribute("cx", String(x));
      handle.setAttribute("cy", String(y));
      handle.setAttribute("class", `handle ${number >= real ? "is-adding" : ""} ${number === held ? "is-held" : ""}`);
    });
  }

  /** Two lines across the picture, or none. @param {Place | null} at @param {number} width @param {number} height */
  cross(at, width, height) {
    trace(this.#cross, at ? `M${at[0]} 0V${height}M0 ${at[1]}H${width}` : "");
  }
}
