// The questions of a schema as controls; keys go to the active one.

import { digit, make } from "./screen.js";
import { mount, words } from "./kinds/choice.js";

/** One module for each kind. */
const KINDS = /** @type {Record<string, {mount: typeof mount, words: typeof words}>} */ ({ choice: { mount, words } });

/** @param {Question} question */
const kind = (question) => {
  const found = KINDS[question.kind];
  if (!found) throw new Error(`This page cannot show questions of kind ${question.kind}.`);
  return found;
};

/** @param {Question} question @param {unknown} value */
export const wordsFor = (question, value) => kind(question).words(question, value);

export class Questions {
  /** @type {{question: Question, control: Control, box: HTMLElement}[]} */
  parts = [];
  #active = 0;

  /** @param {Schema} schema @param {() => void} onChange */
  constructor(schema, onChange) {
    this.schema = schema;
    this.element = make("div", "questions-of");
    schema.questions.forEach((question, place) => {
      const legend = make("legend", "", question.title);
      if (question.required === false) legend.append(make("span", "muted", " (optional)"));
      const box = make("fieldset", "question", legend);
      const control = kind(question).mount(box, question, onChange);
      box.addEventListener("focusin", () => this.activate(place));
      this.parts.push({ question, control, box });
      this.element.append(box);
    });
    this.activate(0);
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

  get active() {
    return this.parts[this.#active].question;
  }

  /** @param {Assignment} assignment @param {Answer} answer @param {{letter: string, answer: Answer}[]} opinions */
  show(assignment, answer, opinions) {
    const { pre_label: preLabel, blind } = assignment.task;
    for (const { question, control } of this.parts) {
      control.show({
        value: answer[question.id],
        preLabel: blind ? null : (preLabel?.[question.id] ?? null),
        opinions: opinions.map((one) => ({ letter: one.letter, value: one.answer[question.id] })),
      });
    }
    this.activate(0);
  }

  read() {
    /** @type {Answer} */
    const answer = {};
    for (const { question, control } of this.parts) {
      const value = control.read();
      if (value !== undefined) answer[question.id] = value;
    }
    return answer;
  }

  /** The first question that must be answered and is not. @param {Answer} answer */
  missing(answer) {
    return this.parts.findIndex(({ question }) => question.required !== false && answer[question.id] === undefined);
  }

  /** A number answers the active question; the next one then listens. @param {KeyboardEvent} event */
  key(event) {
    if (!this.parts[this.#active].control.key(event)) return false;
    if (digit(event) && this.#active < this.parts.length - 1) this.activate(this.#active + 1);
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
