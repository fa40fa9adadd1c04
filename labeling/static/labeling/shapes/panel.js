// Marks beside the picture: labels to choose, buttons, and the list of what is marked.

import { own } from "../keys.js";
import { make, say } from "../screen.js";
import { gettext } from "../words.js";
import { tone } from "./board.js";

export const BY_NUMBER = 10;
const QUIET = 400;

/** @param {number} number of a label */
export const keyOf = (number) => (number < BY_NUMBER ? String((number + 1) % BY_NUMBER) : "");

/** @param {string} look @param {() => void} onclick @param {...(Node | string)} inner */
export function button(look, onclick, ...inner) {
  return Object.assign(make("button", look, ...inner), { type: "button", onclick });
}

/** The key of an action on its button: people may have chosen another. @param {string} action @param {string} sign */
export function hint(action, sign) {
  const key = make("kbd", "", sign);
  key.dataset.action = action;
  return key;
}

/** @typedef {{words: string, where: string, number: number, score: string}} Row */

export class Panel {
  /** @type {ReturnType<Panel["row"]>[]} */
  #rows = [];
  #said = 0;
  list = make("ol", "mark-list");
  hint = make("p", "mark-hint muted small");
  live = make("p", "visually-hidden");
  tools = make("div", "mark-tools");

  /** @param {HTMLElement} root @param {Question} question @param {(what: "name" | "select" | "remove", which: any) => void} to */
  constructor(root, question, to) {
    this.to = to;
    this.labels = question.labels.map((label, number) => {
      const key = make("kbd", "", keyOf(number));
      const one = button("mark-label", () => to("name", label.id), make("span", `mark-key ${tone(number)}`, key), label.name);
      if (label.description) one.title = label.description;
      return one;
    });
    const labels = make("div", "mark-labels", ...this.labels);
    labels.role = "group";
    labels.ariaLabel = gettext("Label");
    this.live.role = "status";
    this.list.ariaLabel = gettext("What is marked");
    if (this.labels.length) root.append(labels);
    root.append(this.tools, this.hint, this.list, this.live);
    if (Object.keys(own()).length) void import("../settings.js").then((part) => part.paintHints(), () => {});
    // A mouse leaves the focus where the keys are heard.
    root.addEventListener("mousedown", (event) => {
      if (/** @type {Element} */ (event.target).closest("button")) event.preventDefault();
    });
  }

  row() {
    const [key, name, where, score] = ["mark-key", "mark-name", "mark-where num", "mark-score num"].map((look) => make("span", look));
    const main = button("mark-row", () => this.to("select", at()), key, name, where, score);
    const drop = button("mark-drop", () => this.to("remove", at()), "✕");
    const element = make("li", "", main, drop);
    const at = () => [...this.list.children].indexOf(element);
    return { element, main, drop, key, name, where, score };
  }

  /** @param {Row[]} all @param {number} selected @param {number} label */
  paint(all, selected, label) {
    while (this.#rows.length < all.length) {
      this.#rows.push(this.row());
      this.list.append(this.#rows[this.#rows.length - 1].element);
    }
    while (this.#rows.length > all.length) this.#rows.pop()?.element.remove();
    all.forEach((one, number) => this.one(number, one, number === selected));
    this.#rows[selected]?.element.scrollIntoView({ block: "nearest" });
    this.labels.forEach((each, number) => each.ariaPressed = String(number === label));
  }

  /** @param {number} number @param {Row} what @param {boolean} selected */
  one(number, { words, where, number: label, score }, selected) {
    const row = this.#rows[number];
    say(row.key, label < 0 ? String(number + 1) : keyOf(label));
    row.key.className = `mark-key ${tone(Math.max(label, 0))}`;
    say(row.name, words);
    say(row.where, where);
    say(row.score, score);
    row.main.ariaCurrent = String(selected);
    row.drop.ariaLabel = gettext("Remove {number}: {words}", { number: number + 1, words });
  }

  /** To readers of the screen, once it is quiet for a moment: not every step of a move. @param {string} words */
  tell(words) {
    clearTimeout(this.#said);
    this.#said = setTimeout(() => say(this.live, words), QUIET);
  }
}
