// A compact list of labels: id, name, description; Enter adds one, Alt with an arrow moves one.

import { make } from "../screen.js";
import { gettext } from "../words.js";
import * as inputs from "./inputs.js";

/** An id that people can read in an export. @param {string} name */
export const idOf = (name) =>
  name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim().replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_|_$/g, "").slice(0, 64);

/** @param {FormQuestion} question @param {string} path of the question @param {ListWork} work */
export function labelsOf(question, path, work) {
  const list = make("ul", "labels", ...question.labels.map((label, at) => row(question, label, at, `${path}.labels[${at}]`, work)));
  list.setAttribute("aria-label", gettext("Labels"));
  const add = inputs.button(gettext("Add a label"), gettext("Add a label"), `add-${path}.labels`, () => insert(question, question.labels.length, path, work));
  return make("div", "field", make("span", "label", gettext("Labels")), list, inputs.slot(`${path}.labels`), make("div", "button-row", add));
}

/** @param {FormQuestion} question @param {number} at @param {string} path @param {ListWork} work */
function insert(question, at, path, work) {
  question.labels.splice(at, 0, { id: "", name: "", description: "" });
  work.rebuilt(`in-${path}.labels[${at}].name`);
}

/** @param {FormQuestion} question @param {Label} label @param {number} at @param {string} path @param {ListWork} work */
function row(question, label, at, path, work) {
  const name = inputs.line(label, "name", work.changed);
  const id = inputs.line(label, "id", work.changed);
  name.addEventListener("change", () => {
    if (label.id || !label.name) return;
    label.id = id.value = idOf(label.name);
    work.changed();
  });
  const parts = [
    { input: id, key: "id", words: gettext("Id of label {n}", { n: at + 1 }), short: gettext("id") },
    { input: name, key: "name", words: gettext("Name of label {n}", { n: at + 1 }), short: gettext("name") },
    { input: inputs.line(label, "description", work.changed), key: "description", words: gettext("Description of label {n}", { n: at + 1 }), short: gettext("description, optional") },
  ];
  for (const { input, key, words, short } of parts) {
    Object.assign(input, { id: `in-${path}.${key}`, placeholder: short });
    input.setAttribute("aria-label", words);
    input.setAttribute("aria-describedby", `wrong-${path}`);
  }
  const element = make("li", "label-row", ...parts.map(({ input }) => input), tools(question, label, at, path, work), inputs.slot(path));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    insert(question, at + 1, path.slice(0, path.lastIndexOf(".labels")), work);
  });
  work.moves(element, question.labels, at, (to) => `in-${path.slice(0, path.lastIndexOf("["))}[${to}].name`);
  return element;
}

/** @param {FormQuestion} question @param {Label} label @param {number} at @param {string} path @param {ListWork} work */
function tools(question, label, at, path, work) {
  const name = label.name || label.id || gettext("label {n}", { n: at + 1 });
  const base = path.slice(0, path.lastIndexOf("["));
  const tool = (/** @type {number} */ to, /** @type {string} */ key) => `${key}-${base}[${to}]`;
  const up = inputs.button("↑", gettext("Move {name} up", { name }), tool(at, "up"), () => work.move(question.labels, at, at - 1, tool(at - 1, "up")));
  const down = inputs.button("↓", gettext("Move {name} down", { name }), tool(at, "down"), () => work.move(question.labels, at, at + 1, tool(at + 1, "down")));
  const remove = inputs.button("×", gettext("Remove {name}", { name }), tool(at, "remove"), () => work.remove(question.labels, at, name, `in-${base}[${at}].name`));
  up.disabled = at === 0;
  down.disabled = at === question.labels.length - 1;
  return make("div", "label-tools", up, down, remove);
}
