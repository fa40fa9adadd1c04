// A record as its leaves, and the words for a leaf and its place.

import { gettext, number } from "../../words.js";

/** The type beside null. @param {JsonSchema} schema @returns {string} */
export const typeOf = ({ type }) => (Array.isArray(type) ? (type.find((name) => name !== "null") ?? "null") : type);

/** @param {JsonSchema} schema */
export const mayBeAbsent = ({ type }) => Array.isArray(type) && type.includes("null");

/** @param {JsonSchema} schema */
export const isLeaf = (schema) => !["object", "array"].includes(typeOf(schema));

/** Properties in the order in which they were written; the database keeps another one.
 * @param {JsonSchema} schema @returns {[string, JsonSchema][]} */
export const propertiesOf = ({ properties, propertyOrder }) =>
  (propertyOrder ?? Object.keys(properties)).map((/** @type {string} */ name) => [name, properties[name]]);

/** @param {JsonSchema | undefined} schema @param {string | number} name */
export const titleOf = (schema, name) =>
  schema?.title ?? String(name).replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

/** `lines[2].amount` @param {Way} way */
export const pathOf = (way) =>
  way.reduce((/** @type {string} */ path, part) => (typeof part === "number" ? `${path}[${part}]` : path ? `${path}.${part}` : part), "");

/** What stands there; undefined if nothing does. @param {any} value @param {Way} way */
export const at = (value, way) => way.reduce((inner, part) => inner?.[part], value);

/** @param {unknown} a @param {unknown} b */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {any} value @param {Way} [way] @returns {[Way, any][]} */
export function leaves(value, way = []) {
  const inside = value && typeof value === "object" ? Object.entries(value) : [];
  if (!inside.length) return [[way, value]];
  return inside.flatMap(([name, inner]) => leaves(inner, [...way, Array.isArray(value) ? Number(name) : name]));
}

/** “Lines 3 › Amount” @param {JsonSchema} schema @param {Way} way */
export function labelOf(schema, way) {
  /** @type {string[]} */
  const words = [];
  /** @type {JsonSchema | undefined} */
  let inner = schema;
  for (const part of way) {
    if (typeof part === "number") {
      words.push(`${words.pop() ?? ""} ${number(part + 1)}`.trim());
      inner = inner?.items;
    } else {
      inner = inner?.properties?.[part];
      words.push(titleOf(inner, part));
    }
  }
  return words.join(" › ");
}

// Made once, as in words.js: making one takes long.
const written = new Intl.NumberFormat(document.documentElement.lang, { useGrouping: false, maximumFractionDigits: 12 });

/** A number as it is written into an input: without groups. @param {number} value */
export const plainNumber = (value) => written.format(value);

/** @param {unknown} value */
export function wordsOf(value) {
  if (value === undefined) return "–";
  if (value === null) return gettext("not there");
  if (value === true) return gettext("Yes");
  if (value === false) return gettext("No");
  if (typeof value === "number") return plainNumber(value);
  if (typeof value === "object") return gettext("none");
  return String(value);
}
