// The words a person has come to with the arrow keys, and those marked on the way.

import { reading } from "./reading.js";

/** @typedef {{start: number, end: number}} Range */
/** @typedef {ReturnType<typeof reading>} Reading */

/** @param {DOMRect} rect */
const middle = ({ left, width }) => left + width / 2;

export class Cursor {
  /** What is marked and has no label yet. @type {Range | null} */
  range = null;
  /** Where marking began, and the word it has come to. @type {Range | null} */
  #anchor = null;
  /** @type {Range | null} */
  #head = null;

  /** @param {Reading} text @param {string} dir of the field @param {(range: Range) => DOMRect[]} rectsOf */
  constructor(text, dir, rectsOf) {
    this.text = text;
    this.dir = dir;
    this.rectsOf = rectsOf;
  }

  /** Marked at once, not word by word. @param {Range | null} range */
  put(range) {
    this.range = this.#anchor = this.#head = range;
  }

  /** A word on, or a line; with `extend` what is marked grows or shrinks.
   * @param {Range | null} from where no word was come to yet @param {string} action @param {boolean} extend */
  move(from, action, extend) {
    const base = this.#head ?? from ?? this.range;
    const next = base ? this.#next(base, action) : this.text.wordFrom(0, 1);
    if (!next) return;
    this.#head = next;
    if (!extend || !this.#anchor) this.#anchor = next;
    this.range = { start: Math.min(this.#anchor.start, next.start), end: Math.max(this.#anchor.end, next.end) };
  }

  /** Left is on where the line runs from right to left. @param {Range} base @param {string} action */
  way({ start }, action) {
    const sideways = action === "left" || action === "right";
    const on = action === "right" || action === "down";
    return on !== (sideways && this.text.isRtl(start, this.dir)) ? 1 : -1;
  }

  /** @param {Range} base @param {string} action */
  #next(base, action) {
    const way = this.way(base, action);
    return action === "up" || action === "down" ? this.#inLine(base, way) : this.text.step(base, way);
  }

  /** The nearest word of the next line with words, as the lines stand on the page. @param {Range} base @param {1 | -1} way */
  #inLine(base, way) {
    const from = this.rectsOf(base).at(way > 0 ? -1 : 0);
    let best = null;
    let gap = Infinity;
    let line = null;
    for (let word = this.text.step(base, way); word && from; word = this.text.step(word, way)) {
      const [rect] = this.rectsOf(word);
      if (!rect || Math.abs(rect.top - from.top) < from.height / 2) continue;
      line ??= rect.top;
      if (Math.abs(rect.top - line) > from.height / 2) break;
      const away = Math.abs(middle(rect) - middle(from));
      if (away < gap) [best, gap] = [word, away];
    }
    return best;
  }

  /** Where a part ends with one word more or less. @param {Range} range @param {string} action */
  wordEdge(range, action) {
    const { end } = range;
    if (this.way(range, action) > 0) return this.text.wordFrom(end, 1)?.end ?? end;
    const last = this.text.wordFrom(end - 1, -1);
    return (last && this.text.step(last, -1)?.end) ?? end;
  }

  /** The word at a place between two letters. @param {number} unit */
  wordAt(unit) {
    const word = this.text.wordFrom(unit, 1);
    const before = this.text.wordFrom(unit - 1, -1);
    return before?.end === unit && word?.start !== unit ? before : word;
  }
}
