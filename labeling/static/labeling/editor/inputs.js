// Inputs of the form: each with its label, its hint and the place for what is wrong with it.

import { make } from "../screen.js";
import { gettext } from "../words.js";

/** @param {string} path */
export function slot(path) {
  const element = make("div", "problem");
  element.dataset.slot = path;
  element.id = `wrong-${path}`;
  return element;
}

/** @param {string} path @param {string} words @param {HTMLElement} input @param {string} [hint] */
export function field(path, words, input, hint = "") {
  input.id = `in-${path}`;
  input.setAttribute("aria-describedby", `wrong-${path}${hint ? ` hint-${path}` : ""}`);
  const label = make("label", "", words);
  label.htmlFor = input.id;
  const element = make("div", "field", label, input);
  if (hint) {
    const said = make("span", "hint", hint);
    said.id = `hint-${path}`;
    element.append(said);
  }
  element.append(slot(path));
  return element;
}

/** @template {Record<string, any>} Part
 * @param {Part} part @param {keyof Part} key @param {() => void} changed */
export function line(part, key, changed) {
  const input = make("input");
  Object.assign(input, { type: "text", value: part[key] ?? "", autocomplete: "off", spellcheck: key !== "id" });
  return heard(input, part, key, changed);
}

/** @template {Record<string, any>} Part
 * @param {Part} part @param {keyof Part} key @param {number} rows @param {() => void} changed */
export function lines(part, key, rows, changed) {
  const input = make("textarea");
  Object.assign(input, { value: part[key] ?? "", rows });
  return heard(input, part, key, changed);
}

/** @template {Record<string, any>} Part @template {HTMLInputElement | HTMLTextAreaElement} Input
 * @param {Input} input @param {Part} part @param {keyof Part} key @param {() => void} changed */
function heard(input, part, key, changed) {
  input.addEventListener("input", () => {
    part[key] = /** @type {any} */ (input.value);
    changed();
  });
  return input;
}

/** @param {string} path @param {string} words @param {boolean} on @param {(on: boolean) => void} then */
export function tick(path, words, on, then) {
  const input = make("input");
  Object.assign(input, { type: "checkbox", checked: on, id: `in-${path}` });
  input.addEventListener("change", () => then(input.checked));
  const label = make("label", "", words);
  label.htmlFor = input.id;
  return make("div", "choice", input, label);
}

/** @param {[string, string][]} options value and words @param {string} value @param {(value: string) => void} then */
export function choice(options, value, then) {
  const known = options.some(([each]) => each === value);
  const all = known ? options : [...options, /** @type {[string, string]} */ ([value, value || gettext("choose one")])];
  const input = make("select", "", ...all.map(([each, words]) => new Option(words, each, false, each === value)));
  input.addEventListener("change", () => then(input.value));
  return input;
}

/** @param {string} words what a screen says @param {string} name what it is called @param {string} id @param {() => void} act */
export function button(words, name, id, act) {
  const element = make("button", "button button-small", words);
  Object.assign(element, { type: "button", id, title: name });
  element.setAttribute("aria-label", name);
  element.addEventListener("click", act);
  return element;
}
