// Judgements side by side, turn by turn, for who settles a difference.

import { make } from "../../screen.js";
import { gettext, number } from "../../words.js";
import { marked } from "../text/diff.js";
import { stepWords } from "./criterion.js";
import { criteriaAt, judged, plain, read, textOf, WHOLE } from "./said.js";

/** @param {string} name @param {(Node | string)[]} said @param {boolean} differ */
function row(name, said, differ) {
  const cell = make("dd", differ ? "differs" : "", ...said);
  if (differ) cell.prepend("≠ ", make("span", "visually-hidden", `${gettext("differs")}: `));
  return make("div", "", make("dt", "", name), cell);
}

/** @param {string} original @param {string} correction */
function corrected(original, correction) {
  if (!correction) return [gettext("not corrected")];
  const text = make("span", "text-diff", ...marked(plain(original), plain(correction)));
  text.dir = "auto";
  return [text];
}

/** @param {Question} question @param {any[]} values @param {Record<string, unknown>} payload */
export function differences(question, values, payload) {
  const all = values.map(read);
  const messages = /** @type {any[]} */ (payload[question.field ?? ""] ?? []);
  const places = [...judged(question, payload), WHOLE].filter((at) => all.some((said) => said.has(at)));
  return all.map((said) => {
    const list = make("dl", "chat-differences");
    for (const at of places) {
      const one = said.get(at);
      const turn = at === WHOLE ? gettext("Whole") : gettext("Turn {n}", { n: number(judged(question, payload).indexOf(at) + 1) });
      for (const criterion of criteriaAt(question, at)) {
        const { value, title } = criterion;
        const differ = all.some((other) => other.get(at)?.ratings[value] !== one?.ratings[value]);
        const note = one?.notes[value];
        const words = stepWords(criterion, one?.ratings[value]);
        list.append(row(`${turn} · ${title}`, note ? [words, make("q", "chat-note", note)] : [words], differ));
      }
      if (!all.some((other) => other.get(at)?.correction)) continue;
      const differ = all.some((other) => (other.get(at)?.correction ?? "") !== (one?.correction ?? ""));
      list.append(row(`${turn} · ${gettext("Correction")}`, corrected(textOf(messages[at]), one?.correction ?? ""), differ));
    }
    return list;
  });
}
