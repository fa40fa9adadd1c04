// The story of a task: what the model said, what was answered and changed, what is settled.

import { look, say, when } from "./drawer.js";
import { wordsFor } from "./questions.js";
import { byId, make } from "./screen.js";
import { sideBySide } from "./opinions.js";
import { gettext, number } from "./words.js";

/** @param {Assignment} assignment @param {Question[]} questions */
export async function open({ task }, questions) {
  const body = /** @type {HTMLElement} */ (byId("drawer-history").querySelector(".drawer-body"));
  body.replaceChildren(make("p", "muted", gettext("One moment.")));
  try {
    const told = /** @type {Story} */ (await look(`/api/v1/tasks/${task.id}/history`));
    const list = make("ol", "timeline", ...events(told, questions));
    const sides = [modelSide(told), finalSide(told)].filter((side) => side !== null);
    const change = sides.length > 1 ? [sideBySide(gettext("From the model’s answer to the last one"), sides, questions, task.payload)] : [];
    const none = list.childElementCount ? [] : [make("p", "muted", gettext("Nobody has answered this task yet, as far as you may see."))];
    body.replaceChildren(...change, ...none, list);
  } catch (error) {
    say(body, error);
  }
}

/** @param {Story} told @returns {Side | null} */
export function modelSide({ pre_label: said }) {
  if (!said || !Object.keys(said).length) return null;
  return { letter: "M", name: gettext("Model"), answer: Object.fromEntries(Object.entries(said).map(([id, one]) => [id, one.value])) };
}

/** What is settled, else one’s own answer as it stands. @param {Story} told @returns {Side | null} */
function finalSide(told) {
  const gold = goldSide(told);
  if (gold) return gold;
  const mine = told.answers.findLast((one) => one.mine && one.stands);
  return mine ? { letter: "✓", name: mine.who, answer: mine.answer } : null;
}

/** @param {Story} told @returns {Side | null} */
export function goldSide({ gold }) {
  const values = Object.entries(gold);
  if (!values.length) return null;
  return { letter: "★", name: gettext("Settled"), answer: Object.fromEntries(values.map(([id, one]) => [id, one.value])) };
}

/** In the order in which it happened. @param {Story} told @param {Question[]} questions @returns {HTMLLIElement[]} */
export function events(told, questions) {
  const rows = [
    ...told.answers.map((one) => ({ at: one.at, row: () => answered(one, questions) })),
    ...told.sent_back.flatMap((one) => sentBack(one)),
    ...settled(told, questions),
  ];
  rows.sort((a, b) => a.at.localeCompare(b.at));
  const said = modelSide(told);
  const first = said ? [make("li", "", make("strong", "", gettext("The model said")), " ", inWords(said.answer, questions))] : [];
  return [...first, ...rows.map(({ row }) => row())];
}

/** @param {Answer} answer @param {Question[]} questions */
function inWords(answer, questions) {
  const given = questions.filter(({ id }) => answer[id] !== undefined && answer[id] !== null);
  const words = given.map((question) => (given.length > 1 ? `${question.title}: ${wordsFor(question, answer[question.id])}` : wordsFor(question, answer[question.id])));
  return make("span", "story-said", words.join("; "));
}

/** @param {Story["answers"][number]} one @param {Question[]} questions */
function answered(one, questions) {
  const head = make("p", "", make("strong", "", name(one)), " ", inWords(one.answer, questions), " ", when(one.at));
  if (one.seconds !== null) head.append(" ", make("span", "muted small", gettext("{n} s", { n: number(one.seconds) })));
  const item = make("li", one.stands ? "is-done" : "", head);
  const marks = [
    one.expert && gettext("adjudicator’s decision"), one.withdrawn && gettext("withdrawn by a lead"), !one.stands && !one.withdrawn && gettext("replaced later"), one.late && gettext("after its lease"),
    !one.counted && !one.withdrawn && gettext("one more opinion"), one.check && gettext("check task"),
  ];
  for (const mark of marks) if (mark) item.append(make("span", "pill pill-quiet", mark), " ");
  if (one.guess) item.append(make("p", "muted small", gettext("Before the model’s answer was shown:"), " ", inWords(one.guess, questions)));
  if (one.note) item.append(make("p", "small", make("q", "", one.note)));
  return item;
}

/** @param {Story["answers"][number]} one */
const name = ({ letter, who }) => (letter && letter !== who ? `${letter} · ${who}` : who);

/** @param {Story["sent_back"][number]} one */
function sentBack(one) {
  const asked = () => make("li", "is-now", make("p", "", make("strong", "", gettext("{who} sent an answer back:", { who: one.by })), " ", make("q", "", one.reason), " ", when(one.at)), make("span", "pill pill-warn", one.state_words));
  const rows = [{ at: one.at, row: asked }];
  const { answered_at: at, reply } = one;
  if (at && reply) rows.push({ at, row: () => make("li", "", make("p", "", make("strong", "", gettext("Its author:")), " ", make("q", "", reply), " ", when(at))) });
  return rows;
}

/** @param {Story} told @param {Question[]} questions */
function settled(told, questions) {
  return Object.entries(told.gold).map(([id, { value, source, at }]) => ({
    at: `${at}~`,
    row: () => make("li", "is-now", make("p", "", make("strong", "", gettext("Settled ({source})", { source })), " ", inWords({ [id]: value }, questions), " ", when(at))),
  }));
}
