// Kind `choice`: one label out of a list. Number keys, arrows, and a filter when there are many.

import { make, say } from "../../screen.js";
import { gettext, percent } from "../../words.js";

const BY_NUMBER = 10;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

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

/** @param {Question} question @param {Label} label */
function row(question, label) {
  const input = make("input");
  Object.assign(input, { type: "radio", name: `answer-${question.id}`, value: label.id });
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

/** @param {PreLabel | null} preLabel @param {string} id */
function probability(preLabel, id) {
  if (!preLabel) return null;
  if (preLabel.probabilities) return preLabel.probabilities[id] ?? 0;
  return preLabel.value === id ? (preLabel.confidence ?? null) : null;
}

/**
 * @param {HTMLElement} root @param {Question} question
 * @param {() => void} changed
 * @returns {Control}
 */
export function mount(root, question, changed) {
  const rows = question.labels.map((label) => row(question, label));
  const many = rows.length > BY_NUMBER;
  // Labels that are digits themselves keep their own key: 7 is the key of seven.
  const own = rows.every((one) => /^\d$/.test(one.label.id));
  const list = make("div", "options", ...rows.map((one) => one.element));
  list.classList.toggle("is-short", rows.every((one) => one.label.name.length <= 12 && !one.label.description));
  root.append(list);
  let listening = true;

  const visible = () => rows.filter((one) => !one.element.hidden);

  /** @type {Map<string, typeof rows[number]>} */
  let byKey = new Map();

  function number() {
    byKey = new Map(visible().slice(0, BY_NUMBER).map((one, place) => [own ? one.label.id : KEYS[place], one]));
    for (const one of rows) one.key.classList.add("is-off");
    for (const [key, one] of byKey) {
      one.key.classList.toggle("is-off", !listening);
      say(one.key, key);
    }
  }

  /** @param {typeof rows[number]} one */
  function choose(one) {
    one.input.checked = true;
    if (many) one.element.scrollIntoView({ block: "nearest" });
    changed();
  }

  /** @param {number} by */
  function step(by) {
    const shown = visible();
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
    show({ value, preLabel, opinions }) {
      filter?.clear();
      list.classList.toggle("has-shares", Boolean(preLabel));
      list.classList.toggle("has-opinions", opinions.length > 0);
      for (const one of rows) {
        const share = probability(preLabel, one.label.id);
        one.input.checked = one.label.id === value;
        one.fill.style.inlineSize = `${(share ?? 0) * 100}%`;
        say(one.share, share === null ? "" : percent(share));
        one.element.classList.toggle("is-model", preLabel?.value === one.label.id);
        const letters = opinions.filter((opinion) => opinion.value === one.label.id).map((opinion) => opinion.letter);
        if (one.said.dataset.letters !== letters.join()) {
          one.said.dataset.letters = letters.join();
          one.said.replaceChildren(...letters.map((letter) => make("span", "letter", letter)));
        }
      }
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
