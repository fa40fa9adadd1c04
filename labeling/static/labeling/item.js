// Shows what is to be judged: the fields of a payload, built and decoded before their turn.

import { make } from "./dom.js";

const SMALL = 96;

/** @type {Map<string, HTMLElement>} */
const built = new Map();

/** @param {string} name */
const readable = (name) => name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

/** @param {string} source @param {string} name */
function image(source, name) {
  const picture = make("img", "item-image");
  picture.alt = `${readable(name)} to be judged`;
  picture.decoding = "sync";
  // A picture of a few pixels is enlarged without being blurred.
  picture.onload = () => picture.classList.toggle("is-small", picture.naturalWidth <= SMALL);
  picture.onerror = () => picture.replaceWith(make("p", "notice notice-bad", "This image cannot be shown. Flag the task (F) or skip it (S)."));
  picture.src = source;
  return make("figure", "item-figure", picture);
}

/** @param {Field} field @param {unknown} value */
function shown(field, value) {
  if (field.type === "image") return image(String(value), field.name);
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return make(field.type === "text" ? "div" : "pre", field.type === "text" ? "item-text" : "item-data", text);
}

/** @param {[string, unknown][]} rest */
function context(rest) {
  const rows = rest.map(([name, value]) =>
    make("div", "", make("dt", "", readable(name)), make("dd", "", typeof value === "string" ? value : JSON.stringify(value))),
  );
  return make("dl", "facts item-context", ...rows);
}

/** @param {Assignment} assignment @param {Schema} schema */
function build(assignment, schema) {
  const { payload } = assignment.task;
  const fields = schema.fields.filter((field) => payload[field.name] !== undefined && payload[field.name] !== null);
  const names = new Set(fields.map((field) => field.name));
  const rest = Object.entries(payload).filter(([name]) => !names.has(name));
  const parts = fields.map((field) => shown(field, payload[field.name]));
  if (rest.length) parts.push(context(rest));
  return make("div", "item-fields", ...parts);
}

/** @param {Assignment} assignment @param {Schema} schema */
export function prepare(assignment, schema) {
  if (built.has(assignment.id)) return;
  const element = build(assignment, schema);
  built.set(assignment.id, element);
  for (const picture of element.querySelectorAll("img")) picture.decode().catch(() => {});
}

/** @param {Assignment} assignment @param {Schema} schema */
export function take(assignment, schema) {
  prepare(assignment, schema);
  const element = /** @type {HTMLElement} */ (built.get(assignment.id));
  built.delete(assignment.id);
  return element;
}
