// What others said of a task, for who settles it: loaded on adjudication queues only.

import { byId, make } from "./screen.js";

/** Answers side by side, names hidden; differences are marked in words and by a sign.
 * @param {{letter: string, name: string, answer: Answer}[]} opinions @param {Question[]} questions
 * @param {(question: Question, value: unknown) => string} words */
export function paintOpinions(opinions, questions, words) {
  const head = make("tr", "", make("td"), ...opinions.map((opinion) => columnHead(opinion)));
  const rows = questions.map((question) => {
    const said = opinions.map((opinion) => opinion.answer[question.id]);
    const differ = new Set(said.filter((value) => value !== undefined).map((value) => JSON.stringify(value))).size > 1;
    const cells = said.map((value) => make("td", differ ? "differs" : "", value === undefined ? "–" : words(question, value)));
    const mark = make("span", `pill ${differ ? "pill-warn" : "pill-good"}`, differ ? "≠ differ" : "= agree");
    const name = make("th", "", question.title, " ", mark);
    name.scope = "row";
    return make("tr", "", name, ...cells);
  });
  const table = make("table", "table table-dense opinions", make("caption", "", "What was said so far; names are hidden"));
  table.append(make("thead", "", head), make("tbody", "", ...rows));
  const wrap = make("div", "table-wrap", table);
  wrap.tabIndex = 0;
  wrap.setAttribute("role", "group");
  wrap.setAttribute("aria-label", "What was said so far");
  byId("opinions").replaceChildren(wrap);
  byId("opinions").hidden = false;
}

/** @param {{letter: string, name: string}} opinion */
function columnHead({ letter, name }) {
  const cell = make("th", "", make("span", "letter", letter), name === letter ? "" : ` ${name}`);
  cell.scope = "col";
  return cell;
}
