// What others said of a task, for who settles it: loaded on adjudication queues only.

import * as parts from "./parts.js";
import { unanswerable } from "./questions.js";
import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** @typedef {{letter: string, name: string, answer: Answer}} Said */

/** Answers side by side, names hidden; differences are marked in words and by a sign.
 * @param {Said[]} opinions @param {Question[]} questions @param {Record<string, unknown>} payload
 * @param {(question: Question, value: unknown) => string} words @param {(answer: Answer) => void} take */
export function paintOpinions(opinions, questions, payload, words, take) {
  const head = make("tr", "", make("td"), ...opinions.map((opinion, at) => columnHead(opinion, at, take)));
  const rows = questions.map((question) => row(question, opinions, payload, words));
  const title = gettext("What was said so far; names are hidden");
  const table = make("table", "table table-dense opinions", make("caption", "", title));
  table.append(make("thead", "", head), make("tbody", "", ...rows));
  const wrap = make("div", "table-wrap", table);
  wrap.tabIndex = 0;
  wrap.setAttribute("role", "group");
  wrap.setAttribute("aria-label", title);
  byId("opinions").replaceChildren(wrap);
  byId("opinions").hidden = false;
}

/** @param {Question} question @param {Said[]} opinions @param {Record<string, unknown>} payload @param {(question: Question, value: unknown) => string} words */
function row(question, opinions, payload, words) {
  const said = opinions.map((opinion) => opinion.answer[question.id]);
  const differ = new Set(said.filter((value) => value !== undefined).map((value) => JSON.stringify(value))).size > 1;
  const shown = differ ? marked(question, said, payload) : [];
  const cells = said.map((value, at) => make("td", differ ? "differs" : "", shown[at] ?? (value === undefined ? "–" : words(question, value))));
  const mark = make("span", `pill ${differ ? "pill-warn" : "pill-good"}`, differ ? gettext("≠ differ") : gettext("= agree"));
  const name = make("th", "", question.title, " ", mark);
  name.scope = "row";
  return make("tr", "", name, ...cells);
}

/** As the kind marks what differs, for those who answered. @param {Question} question @param {unknown[]} said @param {Record<string, unknown>} payload */
function marked(question, said, payload) {
  const { differences } = parts.kind(question.kind);
  const answered = said.map((value, at) => ({ value, at })).filter(({ value }) => value !== undefined && unanswerable(value) === null);
  /** @type {(Node | string | undefined)[]} */
  const cells = [];
  if (!differences || answered.length < 2) return cells;
  const shown = differences(question, answered.map(({ value }) => value), payload);
  answered.forEach(({ at }, place) => (cells[at] = shown[place]));
  return cells;
}

/** @param {Said} opinion @param {number} at @param {(answer: Answer) => void} take */
function columnHead({ letter, name, answer }, at, take) {
  const button = make("button", "button button-small", gettext("Take {letter}", { letter }), " ", make("kbd", "", `⇧${at + 1}`));
  button.type = "button";
  button.addEventListener("click", () => take(answer));
  const cell = make("th", "", make("span", "letter", letter), name === letter ? " " : ` ${name} `, button);
  cell.scope = "col";
  return cell;
}
