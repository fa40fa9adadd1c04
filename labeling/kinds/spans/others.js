// What the model and other people said of a text, read once for each task.

import { keyOf, Marks } from "./marks.js";

/** @typedef {Marks["spans"][number]} Span */

export class Others {
  /** How sure the model was, by key. @type {Map<string, number>} */
  scores = new Map();
  /** What people marked, by key, with the letters of who did. @type {Map<string, Span>} */
  spans = new Map();
  /** @type {{from: Span, to: Span, label: string, letters: string}[]} */
  relations = [];

  /** @param {Pick<View, "preLabel" | "opinions">} view @param {(value: any) => Marks} read */
  constructor({ preLabel, opinions }, read) {
    const scores = preLabel?.scores;
    if (scores) this.scores = new Map(read(preLabel?.value).spans.map((span, at) => [keyOf(span), scores[at]]));
    for (const { letter, value } of opinions) this.#hear(letter, read(value));
  }

  /** @param {string} letter @param {Marks} said */
  #hear(letter, said) {
    for (const span of said.spans) {
      const known = this.spans.get(keyOf(span));
      if (known) known.letters += ` ${letter}`;
      else this.spans.set(keyOf(span), Object.assign(span, { letters: letter, look: `${span.look} is-offered` }));
    }
    for (const { from, to, label } of said.relations) {
      const known = this.relations.find((one) => keyOf(one.from) === keyOf(from) && keyOf(one.to) === keyOf(to) && one.label === label);
      if (known) known.letters += ` ${letter}`;
      else this.relations.push({ from, to, label, letters: letter });
    }
  }

  /** What is not among a person's own marks: it can be taken over. @param {Marks} own */
  offers(own) {
    return {
      spans: [...this.spans.values()].filter((span) => !own.find(span)),
      relations: this.relations.filter(({ from, to, label }) => !own.findRelation(from, to, label)),
    };
  }
}
