// One input for one leaf, by its type: what it shows, what it reads.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";
import { asDay, asNumber } from "./checks.js";
import { mayBeAbsent, plainNumber, typeOf, wordsOf } from "./leaves.js";

/** @param {JsonSchema} schema @returns {Input} */
export function inputFor(schema) {
  const plain = boxFor(schema);
  if (!mayBeAbsent(schema)) return { ...plain, absent: null };
  const absent = make("input");
  absent.type = "checkbox";
  absent.addEventListener("change", () => void (plain.box.disabled = absent.checked));
  return {
    box: plain.box,
    absent,
    set(value) {
      absent.checked = value === null;
      plain.box.disabled = absent.checked;
      plain.set(value ?? undefined);
    },
    get: () => (absent.checked ? null : plain.get()),
  };
}

/** @param {JsonSchema} schema */
function boxFor(schema) {
  const type = typeOf(schema);
  if ("const" in schema) return select([schema.const]);
  if (schema.enum) return select(schema.enum.filter((/** @type {unknown} */ value) => value !== null));
  if (type === "boolean") return select([true, false]);
  if (type === "null") return select([null]);
  if (type === "number" || type === "integer") return numeric(type);
  return schema.format ? formatted(schema.format) : text();
}

/** @param {unknown[]} values */
function select(values) {
  const box = make("select", "", new Option("", ""), ...values.map((value, place) => new Option(wordsOf(value), String(place))));
  return {
    box,
    set(/** @type {unknown} */ value) {
      box.selectedIndex = values.indexOf(value) + 1;
    },
    get: () => values[box.selectedIndex - 1],
  };
}

/** Text, so that a comma can stand in it. What is no number is kept as it was typed.
 * @param {string} type */
function numeric(type) {
  const box = make("input", "num");
  Object.assign(box, { type: "text", inputMode: type === "integer" ? "numeric" : "decimal", autocomplete: "off" });
  const set = (/** @type {unknown} */ value) => void (box.value = typeof value === "number" ? plainNumber(value) : String(value ?? ""));
  const get = () => asNumber(box.value) ?? (box.value.trim() || undefined);
  // What was understood is what stands there.
  box.addEventListener("change", () => set(get()));
  return { box, set, get };
}

/** @param {string} format */
function formatted(format) {
  const box = make("input");
  const inputMode = { email: "email", uri: "url" }[format] ?? "text";
  const placeholder = format === "date" ? gettext("YYYY-MM-DD") : "";
  Object.assign(box, { type: "text", inputMode, placeholder, autocomplete: "off", spellcheck: false });
  const get = () => (format === "date" ? asDay(box.value.trim()) : box.value.trim()) || undefined;
  const set = (/** @type {unknown} */ value) => void (box.value = String(value ?? ""));
  box.addEventListener("change", () => set(get()));
  return { box, set, get };
}

/** As high as its text. Enter hands in, as everywhere; with Shift it begins a line. */
function text() {
  const box = make("textarea");
  Object.assign(box, { rows: 1, dir: "auto", autocomplete: "off" });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    box.dispatchEvent(new Event("change", { bubbles: true }));
    box.form?.requestSubmit();
  });
  return {
    box,
    set(/** @type {unknown} */ value) {
      box.value = String(value ?? "");
    },
    get: () => box.value.trim() || undefined,
  };
}
