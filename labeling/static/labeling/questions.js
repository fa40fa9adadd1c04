// The questions of a schema as controls; keys go to the active one, and what changed can be undone.

import * as parts from "./parts.js";
import { make, say } from "./screen.js";
import { gettext } from "./words.js";

const MOST_UNDONE = 100;

/** @param {unknown} value @returns {string | null} */
export const unanswerable = (value) =>
  value && typeof value === "object" && "unanswerable" in value ? String(value.unanswerable) : null;

/** @param {Question} question @param {unknown} value */
export function wordsFor(question, value) {
  const reason = unanswerable(value);
  if (reason !== null) return gettext("cannot be answered ({reason})", { reason });
  return parts.kind(question.kind).words(question, value);
}

/** Whether a question is asked, given the answers before it. @param {Question} question @param {Answer} answer */
const isAsked = ({ when }, answer) => {
  if (!when) return true;
  const said = answer[when.question];
  return (Array.isArray(said) ? said : [said]).some((each) => when.is.includes(each));
};

/** @typedef {{question: Question, control: Control, box: HTMLElement, reason: HTMLElement, other: unknown}} Part */

export class Questions {
  /** @type {Part[]} */
  parts = [];
  #active = 0;
  /** @type {View[]} */
  #views = [];
  /** @type {string[]} */
  #past = [];
  /** @type {string[]} */
  #future = [];
  #now = "{}";

  /** @param {Schema} schema @param {() => void} onChange */
  constructor(schema, onChange) {
    this.schema = schema;
    this.onChange = onChange;
    this.element = make("div", "questions-of");
    schema.questions.forEach((question, place) => this.#add(question, place));
    this.activate(0);
  }

  /** @param {Question} question @param {number} place */
  #add(question, place) {
    const legend = make("legend", "", question.title);
    if (question.required === false) legend.append(make("span", "muted", ` ${gettext("(optional)")}`));
    const box = make("fieldset", "question", legend);
    if (question.help) box.append(make("p", "question-help muted small", question.help));
    /** @type {Part} */
    const part = { question, box, reason: make("p", "option-reason"), other: undefined, control: /** @type {any} */ (null) };
    part.control = parts.kind(question.kind).mount(box, question, () => this.#changed(part));
    box.append(part.reason);
    box.addEventListener("focusin", () => this.activate(place));
    this.parts.push(part);
    this.element.append(box);
  }

  /** @param {Part} part */
  #changed(part) {
    this.#refuse(part, undefined);
    this.#settle();
    const now = JSON.stringify(this.read());
    if (now === this.#now) return;
    this.#past.push(this.#now);
    if (this.#past.length > MOST_UNDONE) this.#past.shift();
    this.#future = [];
    this.#now = now;
    this.onChange();
  }

  /** Shows what is asked, hides what is not. */
  #settle() {
    const answer = this.read();
    for (const { question, box } of this.parts) {
      const hidden = !isAsked(question, answer);
      if (box.hidden !== hidden) box.hidden = hidden;
    }
  }

  /** @param {Part} part @param {unknown} value {unanswerable: why}, or undefined */
  #refuse(part, value) {
    const why = unanswerable(value);
    part.other = why === null ? undefined : value;
    part.reason.hidden = why === null;
    say(part.reason, why === null ? "" : gettext("Cannot be answered: {why}", { why }));
  }

  /** @param {number} place */
  activate(place) {
    this.#active = place;
    const several = this.parts.length > 1;
    this.parts.forEach(({ control, box }, at) => {
      control.active(at === place);
      box.classList.toggle("is-active", several && at === place);
    });
  }

  /** The next question that is asked, or the one before. @param {1 | -1} by */
  step(by) {
    for (let at = this.#active + by; this.parts[at]; at += by) {
      if (this.parts[at].box.hidden) continue;
      this.activate(at);
      this.parts[at].box.scrollIntoView({ block: "nearest" });
      return true;
    }
    return false;
  }

  get active() {
    return this.parts[this.#active].question;
  }

  /** @param {Assignment} assignment @param {Answer} answer @param {{letter: string, answer: Answer}[]} opinions @param {HTMLElement} item */
  show(assignment, answer, opinions, item) {
    const { pre_label: preLabel, blind, payload } = assignment.task;
    const stage = (/** @type {string} */ name) =>
      /** @type {HTMLElement | null} */ (item.querySelector(`[data-field="${CSS.escape(name)}"]`));
    this.#views = this.parts.map(({ question }) => ({
      task: assignment.task.id,
      value: undefined,
      preLabel: blind ? null : (preLabel?.[question.id] ?? null),
      opinions: opinions.map((one) => ({ letter: one.letter, value: one.answer[question.id] })),
      payload,
      stage,
    }));
    this.#past = [];
    this.#future = [];
    this.#fill(answer);
    this.activate(0);
  }

  /** @param {Answer} answer */
  #fill(answer) {
    this.parts.forEach((part, place) => {
      const value = answer[part.question.id];
      this.#refuse(part, value);
      part.control.show({ ...this.#views[place], value: part.other === undefined ? value : undefined });
    });
    this.#settle();
    this.#now = JSON.stringify(this.read());
  }

  /** The answer as it was before the last change; false when there is none. */
  undo() {
    return this.#move(this.#past, this.#future);
  }

  redo() {
    return this.#move(this.#future, this.#past);
  }

  /** @param {string[]} from @param {string[]} to */
  #move(from, to) {
    const answer = from.pop();
    if (answer === undefined) return false;
    to.push(this.#now);
    this.#fill(JSON.parse(answer));
    this.onChange();
    return true;
  }

  /** Another answer to all questions, as one change that can be undone. @param {Answer} answer */
  take(answer) {
    this.#past.push(this.#now);
    this.#fill(answer);
    this.onChange();
  }

  read() {
    /** @type {Answer} */
    const answer = {};
    for (const { question, control, other } of this.parts) {
      if (!isAsked(question, answer)) continue;
      const value = other ?? control.read();
      if (value !== undefined) answer[question.id] = value;
    }
    return answer;
  }

  /** The first question whose answer is none yet, or that must be answered and is not. @param {Answer} answer */
  missing(answer) {
    return this.parts.findIndex(({ question, control, other }) => {
      if (!isAsked(question, answer)) return false;
      return (!other && control.problem?.()) || (question.required !== false && answer[question.id] === undefined);
    });
  }

  /** Whether keys for the active question must wait for its hands. */
  get isHandless() {
    return this.parts[this.#active].control.hands === null;
  }

  /** What only keys and pointers need follows the first paint. */
  fetchHands() {
    return Promise.all(this.parts.map(({ control }) => control.fetchHands?.()));
  }

  /** A key for the active question; after a digit that answered it, the next one listens. @param {Press} press */
  act(press) {
    if (press.action === "question-next") return this.step(1);
    if (press.action === "question-previous") return this.step(-1);
    if (!this.parts[this.#active].control.act(press)) return false;
    if (press.action === "digit" && parts.kind(this.active.kind).single) this.step(1);
    return true;
  }

  /** @param {Answer} answer */
  said(answer) {
    return this.parts
      .filter(({ question }) => answer[question.id] !== undefined)
      .map(({ question }) => wordsFor(question, answer[question.id]))
      .join(", ");
  }
}
