// Words, letters and lines of a text.

import { startsRtl } from "./places.js";

const words = new Intl.Segmenter(undefined, { granularity: "word" });
const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** @typedef {{start: number, end: number}} Range */

/** The words and letters of a text, found where they are asked for. @param {string} text */
export function reading(text) {
  const word = words.segment(text);
  const letter = letters.segment(text);

  /** @param {Intl.Segments} segments @param {number} at @returns {Range | null} */
  const piece = (segments, at) => {
    const found = at >= 0 && segments.containing(at);
    return found ? { start: found.index, end: found.index + found.segment.length } : null;
  };

  /** The first word or sign that is no space, from a place on or back.
   * @param {number} at @param {1 | -1} way */
  function wordFrom(at, way) {
    let found = piece(word, at);
    while (found && !text.slice(found.start, found.end).trim()) {
      found = piece(word, way > 0 ? found.end : found.start - 1);
    }
    return found;
  }

  return {
    wordFrom,
    /** The word after this one, or before it. @param {Range} range @param {1 | -1} way */
    step: (range, way) => (way > 0 ? wordFrom(range.end, 1) : wordFrom(range.start - 1, -1)),
    /** The edge one letter further: emoji and letters with marks count as one.
     * @param {number} edge @param {1 | -1} way */
    letter: (edge, way) => (way > 0 ? piece(letter, edge)?.end : piece(letter, edge - 1)?.start) ?? edge,
    /** Without the space around it; null if that is all. @param {Range} range @returns {Range | null} */
    trimmed({ start, end }) {
      const cut = text.slice(start, end);
      const from = start + cut.length - cut.trimStart().length;
      return cut.trim() ? { start: from, end: from + cut.trim().length } : null;
    },
    /** Whether the line around a place runs from right to left. @param {number} at @param {string} dir */
    isRtl(at, dir) {
      if (dir !== "auto") return dir === "rtl";
      const start = text.lastIndexOf("\n", at - 1) + 1;
      const end = text.indexOf("\n", at);
      return startsRtl(text.slice(start, end < 0 ? undefined : end));
    },
  };
}
