// Answers side by side: one column each, differences marked, each a start for the own answer.

import { compared, differ } from "./compare.js";
import { make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {string} text @param {string} hint what a reader of the screen hears @param {() => void} act */
export function small(text, hint, act) {
  const button = make("button", "button button-small", text);
  button.type = "button";
  if (hint) button.setAttribute("aria-label", hint);
  button.addEventListener("click", act);
  return button;
}

/** @param {Side} side @param {number} place @param {((side: Side) => void) | null} take */
function head(side, place, take) {
  const cell = make("th", "", make("span", "letter", side.letter));
  cell.scope = "col";
  if (side.name !== side.letter) cell.append(" ", make("span", "side-name", side.name));
  if (!take) return cell;
  const button = small(gettext("Take"), gettext("Take {letter}", { letter: side.letter }), () => take(side));
  button.append(" ", make("kbd", "", `⇧${place + 1}`));
  cell.append(make("div", "side-take", button));
  return cell;
}

/** @param {Question} question @param {Side[]} sides @param {Record<string, unknown>} payload */
function rows(question, sides, payload) {
  const values = sides.map((side) => side.answer[question.id]);
  const apart = differ(values);
  const mark = make("span", `pill ${apart ? "pill-warn" : "pill-good"}`, apart ? gettext("≠ differ") : gettext("= agree"));
  const title = make("th", "side-question", question.title, " ", mark);
  title.colSpan = sides.length;
  title.scope = "rowgroup";
  const cells = compared(question, values, payload).map((shown) => make("td", apart ? "differs" : "", shown));
  return make("tbody", "", make("tr", "", title), make("tr", "", ...cells));
}

/** What was said about an answer by whoever gave it. @param {Side[]} sides */
function notes(sides) {
  if (!sides.some((side) => side.note)) return [];
  const cells = sides.map((side) => make("td", "muted small", side.note ? `“${side.note}”` : ""));
  return [make("tbody", "", make("tr", "", ...cells))];
}

/**
 * @param {string} caption @param {Side[]} sides @param {Question[]} questions @param {Record<string, unknown>} payload
 * @param {((side: Side) => void) | null} [take] makes one of them the start of the own answer
 */
export function sideBySide(caption, sides, questions, payload, take = null) {
  const asked = questions.filter((question) => sides.some((side) => side.answer[question.id] !== undefined));
  const table = make("table", "table table-dense opinions", make("caption", "", caption));
  table.append(make("thead", "", make("tr", "", ...sides.map((side, place) => head(side, place, take)))));
  table.append(...asked.map((question) => rows(question, sides, payload)), ...notes(sides));
  const wrap = make("div", "table-wrap", table);
  wrap.tabIndex = 0;
  wrap.setAttribute("role", "group");
  wrap.setAttribute("aria-label", caption);
  return wrap;
}
