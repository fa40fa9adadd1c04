// A tree on the page: only the rows in sight are there, however many nodes it has.

import { make } from "../../screen.js";

const AHEAD = 6;
// as in control.css
const REM_HIGH = 2.75;
const LEAST_PIXELS = 400;

/** @param {string} id @param {string} title @param {(node: TreeNode, place: number) => HTMLElement} build */
export function rowsOf(id, title, build) {
  const all = make("div", "tree-all");
  all.setAttribute("role", "presentation");
  const element = make("div", "tree", all);
  Object.assign(element, { id, tabIndex: 0 });
  element.setAttribute("role", "tree");
  element.setAttribute("aria-label", title);
  const height = parseFloat(getComputedStyle(document.documentElement).fontSize) * REM_HIGH;
  /** @type {TreeNode[]} */
  let nodes = [];
  let painted = "";

  /** @param {TreeNode} node @param {number} place */
  function placed(node, place) {
    const row = build(node, place);
    row.style.insetBlockStart = `${place * height}px`;
    return row;
  }

  /** @param {boolean} anew */
  function paint(anew) {
    const seen = Math.max(element.clientHeight, LEAST_PIXELS);
    const first = Math.max(0, Math.floor(element.scrollTop / height) - AHEAD);
    const last = Math.min(nodes.length, Math.ceil((element.scrollTop + seen) / height) + AHEAD);
    if (!anew && painted === `${first} ${last}`) return;
    painted = `${first} ${last}`;
    all.replaceChildren(...nodes.slice(first, last).map((node, at) => placed(node, first + at)));
  }

  element.addEventListener("scroll", () => paint(false), { passive: true });

  return {
    element,
    /** @param {TreeNode[]} now @param {number} place of the row that must be in sight */
    show(now, place) {
      nodes = now;
      all.style.blockSize = `${now.length * height}px`;
      const [top, bottom] = [place * height, (place + 1) * height];
      if (top < element.scrollTop) element.scrollTop = top;
      else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
      paint(true);
    },
  };
}
