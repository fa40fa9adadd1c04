// Answers side by side, differences marked; for who settles a task, names hidden. Loaded when there are several.

import * as parts from "./parts.js";
import { unanswerable, wordsFor } from "./questions.js";
import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {Side[]} opinions @param {Question[]} questions @param {Record<string, unknown>} payload @param {(answer: Answer) => void} take */
export function paintOpinions(opinions, questions, payload, take) {
  byId("opinions").replaceChildren(sideBySide(gettext("What was said so far; names are hidden"), opinions, questions, payload, take));
  byId("opinions").hidden = false;
}

/** Differences are marked in words and by a sign.
 * @param {string} title @param {Side[]} sides @param {Question[]} questions @param {Record<string, unknown>} payload
 * @param {((answer: Answer) => void) | null} [take] begins from one of them */
export function sideBySide(title, sides, questions, payload, take = null) {
  const head = make("tr", "", make("td"), ...sides.map((side, at) => columnHead(side, at, take)));
  const asked = questions.filter(({ id }) => sides.some(({ answer }) => answer[id] !== undefined));
  const rows = asked.map((question) => row(question, sides, payload));
  const table = make("table", "table table-dense opinions", make("caption", "", title));
  table.append(make("thead", "", head), make("tbody", "", ...rows, ...notes(sides)));
  const wrap = make("div", "table-wrap", table);
  wrap.tabIndex = 0;
  wrap.setAttribute("role", "group");
  wrap.setAttribute("aria-label", title);
  return wrap;
}

/** @param {Question} question @param {Side[]} sides @param {Record<string, unknown>} payload */
function row(question, sides, payload) {
  const said = sides.map(({ answer }) => answer[question.id]);
  const given = said.filter((value) => value !== undefined).map((value) => JSON.stringify(value));
  const differ = new Set(given).size > 1;
  const shown = differ ? marked(question, said, payload) : [];
  const cells = said.map((value, at) => make("td", differ ? "differs" : "", shown[at] ?? (value === undefined ? "–" : wordsFor(question, value))));
  const mark = make("span", `pill ${differ ? "pill-warn" : "pill-good"}`, differ ? gettext("≠ differ") : gettext("= agree"));
  const name = make("th", "", question.title, ...(given.length > 1 ? [" ", mark] : []));
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
  const lines = answered.map(({ value }) => wordsFor(question, value));
  const shown = filled(lines, differences(question, answered.map(({ value }) => value), payload));
  answered.forEach(({ at }, place) => (cells[at] = shown[place]));
  return cells;
}

/** A line for each answer, until what differs in them is here.
 * @param {string[]} lines @param {ReturnType<NonNullable<KindModule["differences"]>>} shown */
function filled(lines, shown) {
  if (!(shown instanceof Promise)) return shown;
  const places = lines.map((line) => make("div", "", line));
  shown.then((all) => all.forEach((one, at) => places[at].replaceChildren(one)), () => {});
  return places;
}

/** What was said about an answer by whoever gave it. @param {Side[]} sides */
function notes(sides) {
  if (!sides.some(({ note }) => note)) return [];
  const name = make("th", "", gettext("Because"));
  name.scope = "row";
  return [make("tr", "", name, ...sides.map(({ note }) => make("td", "small", note ? make("q", "", note) : "")))];
}

/** @param {Side} side @param {number} at @param {((answer: Answer) => void) | null} take */
function columnHead({ letter, name, answer }, at, take) {
  const cell = make("th", "", make("span", "letter", letter), name === letter ? " " : ` ${name} `);
  cell.scope = "col";
  if (take) {
    const button = small(gettext("Take {letter}", { letter }), () => take(answer));
    button.append(" ", make("kbd", "", `⇧${at + 1}`));
    cell.append(button);
  }
  return cell;
}

/** @param {string} text @param {() => void} act */
export function small(text, act) {
  const button = make("button", "button button-small", text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}
