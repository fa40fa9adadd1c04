// Where things are in a text: code points and UTF-16 units.

const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Whether the first letter is one of those that run from right to left. @param {string} text */
export const startsRtl = (text) => RTL.test(/\p{L}/u.exec(text)?.[0] ?? "");

/** How many of the sorted numbers are below one. @param {number[]} sorted @param {number} limit */
function below(sorted, limit) {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Offsets as answers have them (code points) and as scripts have them (UTF-16 units).
 * @param {string} text */
export function offsets(text) {
  const pairs = Array.from(text.matchAll(/[\u{10000}-\u{10ffff}]/gu), ({ index }) => index);
  const points = pairs.map((unit, before) => unit - before);
  return {
    /** @param {number} unit */
    toPoints: (unit) => unit - below(pairs, unit),
    /** @param {number} point */
    toUnits: (point) => point + below(points, point),
  };
}

/** A few words of it, for a list. @param {string} text @param {{start: number, end: number}} range */
export function excerpt(text, { start, end }) {
  const cut = text.slice(start, end).replace(/\s+/g, " ");
  return cut.length > 80 ? `${cut.slice(0, 48).trimEnd()} … ${cut.slice(-24).trimStart()}` : cut;
}
