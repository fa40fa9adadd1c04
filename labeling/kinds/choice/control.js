// Kind `choice`: one label out of a list. Number keys, arrows, and a filter when there are many.

import { make, say } from "../../screen.js";
import { gettext, percent } from "../../words.js";

const BY_NUMBER = 10;
const KEYS = [..."1234567890"];

/** A digit answers it whole. */
export const single = true;

/** @param {Question} question @param {unknown} value */
export const words = (question, value) => question.labels.find((label) => label.id === value)?.name ?? String(value);

/** @type {KindModule["keys"]} */
export const keys = [
  ["1 … 9 0", gettext("Choose a label")],
  ["up down", gettext("Label above, below")],
  ["search", gettext("Filter a long list of labels")],
];

/** @param {Question} question @param {Label} label @param {string} [type] */
export function row(question, label, type = "radio") {
  const input = make("input");
  Object.assign(input, { type, name: `answer-${question.id}`, value: label.id });
  const key = make("kbd");
  const name = make("span", "option-name", label.name);
  if (label.description) name.append(make("span", "option-hint", label.description));
  const said = make("span", "option-said");
  const fill = make("span", "option-fill");
  const share = make("span", "option-share num");
  const bar = make("span", "option-bar", fill);
  bar.setAttribute("aria-hidden", "true");
  const element = make("label", "option", input, key, name, said, bar, share);
  return { label, element, input, key, said, fill, share };
}

/** @typedef {ReturnType<typeof row>} Row */

/** Shows what is chosen, what the model and what others said; `has` says whether a value is, or holds, an id.
 * @param {HTMLElement} list @param {Row[]} rows @param {View} view @param {(value: any, id: string) => boolean} has */
export function paint(list, rows, { value, preLabel, opinions }, has) {
  list.classList.toggle("has-shares", Boolean(preLabel));
  list.classList.toggle("has-opinions", opinions.length > 0);
  for (const one of rows) {
    const { id } = one.label;
    const said = Boolean(preLabel && has(preLabel.value, id));
    const share = preLabel?.probabilities ? (preLabel.probabilities[id] ?? 0) : said && preLabel?.confidence;
    one.input.checked = has(value, id);
    one.fill.style.inlineSize = `${(share || 0) * 100}%`;
    say(one.share, typeof share === "number" ? percent(share) : "");
    one.element.classList.toggle("is-model", said);
    const letters = opinions.filter((opinion) => has(opinion.value, id)).map((opinion) => opinion.letter);
    if (one.said.dataset.letters !== letters.join()) {
      one.said.dataset.letters = letters.join();
      one.said.replaceChildren(...letters.map((letter) => make("span", "letter", letter)));
    }
  }
}

/** @param {Row[]} rows */
const visible = (rows) => rows.filter((one) => !one.element.hidden);

/** The rows that are shown, by their number keys. Labels that are digits keep their own: 7 is the key of seven.
 * @param {Row[]} rows @param {boolean} listening @returns {Map<string, Row>} */
export function numbered(rows, listening) {
  const own = rows.slice(0, BY_NUMBER).every((one) => /^\d$/.test(one.label.id));
  const byKey = new Map(visible(rows).slice(0, BY_NUMBER).map((one, place) => [own ? one.label.id : KEYS[place], one]));
  for (const { key } of rows) key.classList.add("is-off");
  for (const [digit, { key }] of byKey) {
    key.classList.toggle("is-off", !listening);
    say(key, digit);
  }
  return byKey;
}

/** @param {Row[]} rows */
export function listOf(rows) {
  const list = make("div", "options", ...rows.map((one) => one.element));
  list.classList.toggle("is-short", rows.every((one) => one.label.name.length <= 12 && !one.label.description));
  return list;
}

/**
 * @param {HTMLElement} root @param {Question} question
 * @param {() => void} changed
 * @returns {Control}
 */
export function mount(root, question, changed) {
  const rows = question.labels.map((label) => row(question, label));
  const many = rows.length > BY_NUMBER + 1;
  const list = listOf(rows);
  root.append(list);
  let listening = true;

  /** @type {Map<string, Row>} */
  let byKey = new Map();
  const number = () => void (byKey = numbered(rows, listening));

  /** @param {Row} one */
  function choose(one) {
    one.input.checked = true;
    if (many) one.element.scrollIntoView({ block: "nearest" });
    changed();
  }

  /** @param {number} by */
  function step(by) {
    const shown = visible(rows);
    const at = shown.findIndex((one) => one.input.checked);
    const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length];
    if (next) choose(next);
    return true;
  }

  list.addEventListener("change", changed);
  number();
  /** @type {{focus: () => void, clear: () => void} | null} */
  let filter = null;
  if (many) {
    void import("./filter.js").then((part) => {
      filter = part.mount(list, question.title, rows, number, choose);
    });
  }

  return {
    show(view) {
      filter?.clear();
      paint(list, rows, view, (value, id) => value === id);
      if (many) rows.find((one) => one.input.checked)?.element.scrollIntoView({ block: "nearest" });
    },
    read: () => rows.find((one) => one.input.checked)?.label.id,
    act({ action, digit, repeat }) {
      const one = action === "digit" && byKey.get(digit);
      if (one) repeat || choose(one);
      else if (action === "search" && filter) filter.focus();
      else if (action === "down" || action === "right") return step(1);
      else if (action === "up" || action === "left") return step(-1);
      else return false;
      return true;
    },
    active(on) {
      listening = on;
      number();
    },
  };
}
