// What somebody said of a conversation, by place: a turn's number, or WHOLE for all of it.

export const WHOLE = -1;

/** In the form in which texts are kept. @param {string} text */
export const plain = (text) => text.replace(/\r\n?/g, "\n").normalize("NFC").trimEnd();

/** @param {any} one @returns {ChatJudgement} */
const judgement = (one) => ({ ratings: { ...one?.ratings }, notes: { ...one?.notes }, correction: one?.correction ?? "" });

/** @param {any} value @returns {ChatSaid} */
export function read(value) {
  /** @type {ChatSaid} */
  const said = new Map((value?.turns ?? []).map((/** @type {any} */ one) => [one.turn, judgement(one)]));
  if (value?.conversation) said.set(WHOLE, judgement(value.conversation));
  return said;
}

/** @param {ChatJudgement} one */
const isEmpty = ({ ratings, notes, correction }) => !correction && !Object.keys(ratings).length && !Object.keys(notes).length;

/** @param {ChatJudgement} one */
const written = ({ ratings, notes, correction }) => ({
  ...(Object.keys(ratings).length && { ratings: { ...ratings } }),
  ...(Object.keys(notes).length && { notes: { ...notes } }),
  ...(correction && { correction }),
});

/** Undefined while nothing is said. @param {ChatSaid} said */
export function write(said) {
  const given = [...said].filter(([, one]) => !isEmpty(one)).sort(([a], [b]) => a - b);
  if (!given.length) return undefined;
  const whole = given.find(([at]) => at === WHOLE);
  const turns = given.filter(([at]) => at !== WHOLE).map(([turn, one]) => ({ turn, ...written(one) }));
  return { turns, ...(whole && { conversation: written(whole[1]) }) };
}

/** What a message says, without pictures. @param {any} message */
export function textOf({ content, refusal }) {
  const said = content || refusal || "";
  if (typeof said === "string") return said;
  return said.flatMap((/** @type {any} */ part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

/** The turns that are judged, by their place. @param {Question} question @param {Record<string, unknown>} payload @returns {number[]} */
export function judged(question, payload) {
  const messages = payload[question.field ?? ""];
  const roles = question.roles ?? ["assistant"];
  return Array.isArray(messages) ? messages.flatMap(({ role }, at) => (roles.includes(role) ? [at] : [])) : [];
}

/** @param {Question} question @param {number} at @returns {any[]} */
export const criteriaAt = ({ criteria = [] }, at) =>
  criteria.filter(({ scope = "turn" }) => scope === "both" || scope === (at === WHOLE ? "conversation" : "turn"));

/** Whether a note must go with this step. @param {any} criterion @param {any} step */
export const wantsNote = ({ note, options, from = 1 }, step) =>
  step !== undefined && (note === "required" || (note === "lowest" && step === (options ? options[0].value : from)));
