// Says what is wrong with what stands in an input, before the server would.

import { gettext } from "../../words.js";
import { plainNumber, typeOf, wordsOf } from "./leaves.js";


const ROUNDING = 1e-9;

/** Groups are left out and a comma may stand before the decimals; undefined if it is no number.
 * @param {string} text */
export function asNumber(text) {
  let plain = text.replace(/[\s\u00a0\u202f'’]/g, "").replace(/\u2212/g, "-");
  const [dot, comma] = [plain.lastIndexOf("."), plain.lastIndexOf(",")];
  const decimal = dot > comma ? "." : ",";
  const group = decimal === "." ? "," : ".";
  plain = plain.replaceAll(group, "");
  // 1.234.567 has groups and no decimals
  if (plain.split(decimal).length > 2) plain = plain.replaceAll(decimal, "");
  plain = plain.replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : undefined;
}

/** A day as 2026-03-31; also from 31.3.2026. Other texts stay as they are. @param {string} text */
export function asDay(text) {
  const [, day, month, year] = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$/.exec(text) ?? [];
  return year ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : text;
}

/** @param {string} text */
function isDay(text) {
  const day = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(text);
}

const FORMATS = /** @type {Record<string, {holds: (text: string) => boolean, words: string}>} */ ({
  date: { holds: isDay, words: gettext("Must be a date such as 2026-03-31.") },
  "date-time": {
    holds: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
    words: gettext("Must be a date and time such as 2026-03-31T12:00:00Z."),
  },
  email: { holds: (text) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/.test(text), words: gettext("Must be an e-mail address.") },
  uri: { holds: (text) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text), words: gettext("Must be an address such as https://example.org/.") },
});

/** @param {string} pattern @param {string} text */
function fits(pattern, text) {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    // Written for another dialect: the server judges.
    return true;
  }
}

/** @param {JsonSchema} schema @param {number} value */
function wrongNumber({ minimum, maximum, multipleOf, ...schema }, value) {
  if (typeOf(schema) === "integer" && !Number.isInteger(value)) return gettext("Must be a whole number.");
  if (value < minimum) return gettext("Must be at least {n}.", { n: plainNumber(minimum) });
  if (value > maximum) return gettext("Must be at most {n}.", { n: plainNumber(maximum) });
  const steps = multipleOf ? value / multipleOf : 0;
  const off = Math.abs(steps - Math.round(steps)) > ROUNDING * Math.max(1, Math.abs(steps));
  return off ? gettext("Must be a multiple of {n}.", { n: plainNumber(multipleOf) }) : "";
}

/** @param {JsonSchema} schema @param {string} value */
function wrongText({ minLength, maxLength, pattern, format }, value) {
  const long = [...value].length;
  if (long < minLength) return gettext("Must have at least {n} characters, it has {long}.", { n: minLength, long });
  if (long > maxLength) return gettext("Must have at most {n} characters, it has {long}.", { n: maxLength, long });
  if (format && !FORMATS[format].holds(value)) return FORMATS[format].words;
  return pattern && !fits(pattern, value) ? gettext("Must have the form {pattern}.", { pattern }) : "";
}

/** What is wrong with a leaf that is there, in a sentence; "" if nothing is. @param {JsonSchema} schema @param {any} value */
export function wrongWith(schema, value) {
  if (value === null) return "";
  const isNumber = ["number", "integer"].includes(typeOf(schema));
  if (isNumber && typeof value !== "number") return gettext("Must be a number.");
  const offered = "const" in schema ? [schema.const] : schema.enum;
  if (offered && !offered.includes(value)) return gettext("Must be one of: {values}.", { values: offered.map(wordsOf).join(", ") });
  return isNumber ? wrongNumber(schema, value) : typeof value === "string" ? wrongText(schema, value) : "";
}

/** @param {JsonSchema} schema @param {number} count */
export function wrongCount({ minItems, maxItems }, count) {
  if (count < minItems) return gettext("Must have at least {n} rows, there are {count}.", { n: minItems, count });
  return count > maxItems ? gettext("Must have at most {n} rows, there are {count}.", { n: maxItems, count }) : "";
}
