// Numbers as people type them, and the steps between them. Pure.

const DIGITS = 15;
const ROUNDING = 1e-6;

/** Without the noise of binary fractions. @param {number} value */
const plain = (value) => Number(value.toPrecision(DIGITS));

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
// whole part in groups of three by one and the same sign; then a fraction
const GROUPED = /^([+-]?[1-9]\d{0,2}(?:([,.'’\s])\d{3})(?:\2\d{3})*)(?:([,.])(\d*))?$/;

/** Digits and signs of any writing as a script knows them. @param {string} text */
const latin = (text) =>
  text.trim().replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 15)).replaceAll("٫", ".").replaceAll("٬", ",").replaceAll("−", "-");

/** Without the signs between groups of three: spaces and apostrophes always; a comma or a point
 * where the language groups by it, or where more than one stands there.
 * @param {string} typed @param {string} group the sign by which the page's language groups */
function ungrouped(typed, group) {
  const [, whole, sign, mark, fraction] = GROUPED.exec(typed) ?? [];
  if (!whole || sign === mark) return typed;
  const sure = mark || ![",", "."].includes(sign) || sign === group || whole.split(sign).length > 2;
  return sure ? `${whole.replaceAll(sign, "")}.${fraction ?? ""}` : typed;
}

/** A number with a comma or a point before its fraction; undefined where it is none.
 * @param {string} text @param {string} group */
export function readNumber(text, group) {
  const number = ungrouped(latin(text), group).replace(",", ".");
  if (!PLAIN.test(number) || !Number.isFinite(Number(number))) return undefined;
  return plain(Number(number)) || 0;
}

/** @param {Question} question @param {number} value */
export function isOnStep({ min = 0, step }, value) {
  const steps = (value - min) / step;
  return Math.abs(steps - Math.round(steps)) <= ROUNDING;
}

/** The nearest number of the question's steps above or below. @param {Question} question @param {number | undefined} value @param {number} by */
export function nextStep({ min, max, step = 1 }, value, by) {
  const low = min ?? -1e15;
  const high = max ?? 1e15;
  if (value === undefined) return by > 0 || max === undefined ? (min ?? Math.min(0, high)) : high;
  const start = min ?? 0;
  const steps = (value - start) / step;
  const next = by > 0 ? Math.floor(steps + ROUNDING) + 1 : Math.ceil(steps - ROUNDING) - 1;
  return plain(Math.min(high, Math.max(low, start + next * step)));
}
