// How the answer panel of spans looks: labels, a line of words on what keys mean now, lists of what is marked.

import { make, say } from "../../screen.js";
import { gettext, percent } from "../../words.js";
import { keyOf, Marks } from "./marks.js";
import { listOf, palette } from "./panel.js";
import { excerpt } from "./places.js";

/** @typedef {Marks["spans"][number]} Span */
/** @typedef {{from: Span, to: Span, label: string, letters?: string}} Relation */
/** @typedef {import("./spans.js").Spans} Spans */

/** @param {Label[]} labels @param {string} id */
const nameOf = (labels, id) => labels.find((label) => label.id === id)?.name ?? id;

export class Face {
  /** @param {Spans} spans whose face it is @param {HTMLElement} root */
  constructor(spans, root) {
    this.spans = spans;
    const { question, relations } = spans;
    this.labels = palette(root, gettext("Labels"), question.labels, ({ id }) => spans.do("label", id));
    this.arrows = palette(root, gettext("Relations"), relations, ({ id }) => spans.do("relate", id));
    this.hint = make("p", "span-hint small");
    this.hint.setAttribute("role", "status");
    const key = make("kbd", "", "R");
    key.dataset.action = "relate";
    this.relateButton = make("button", "button button-small", gettext("Relate to another"), " ", key);
    this.relateButton.type = "button";
    this.relateButton.addEventListener("click", () => spans.do("startRelation"));
    root.append(this.hint, this.relateButton);
    this.list = listOf(root, gettext("Marked parts"), {
      choose: (at) => spans.do("choose", spans.items()[at]),
      act: (at) => spans.do("takeOrRemove", spans.items()[at]),
    });
    this.drawn = listOf(root, gettext("Relations between them"), {
      choose: (at) => spans.do("choose", spans.drawn()[at].from),
      act: (at) => spans.do("takeOrUnrelate", spans.drawn()[at]),
    });
    // Neither the focus nor what is marked is lost to a button: Enter submits after a click, too.
    root.addEventListener("mousedown", (event) => {
      if (/** @type {Element} */ (event.target).closest("button")) event.preventDefault();
    });
  }

  /** @param {boolean} on */
  active(on) {
    this.labels.active(on);
    this.arrows.active(on);
  }

  /** @param {string} digit */
  labelAt(digit) {
    return (this.spans.from ? this.arrows : this.labels).at(digit);
  }

  /** @param {Span[]} items */
  paint(items) {
    const { spans } = this;
    const { from, own } = spans;
    this.labels.list.hidden = Boolean(from);
    this.arrows.list.hidden = !from;
    this.labels.press(own?.label);
    this.relateButton.hidden = !spans.relations.length || Boolean(from) || !own;
    this.list.paint(items.map((span) => this.#row(span)));
    this.drawn.paint(spans.drawn().map((relation) => this.#arrow(relation)));
    this.paintHint();
  }

  /** @param {Span} span */
  #row(span) {
    const { spans } = this;
    const key = keyOf(span);
    const score = spans.others.scores.get(key);
    const label = nameOf(spans.question.labels, span.label);
    return {
      tag: span.tag, look: span.look, words: excerpt(spans.text, span), label: score === undefined ? label : `${label} ${percent(score)}`,
      said: spans.others.spans.get(key)?.letters ?? "", chosen: span === spans.chosen, offered: !spans.isOwn(span),
    };
  }

  /** @param {Relation} relation */
  #arrow({ from, to, label, letters }) {
    const { text, relations } = this.spans;
    const words = `${excerpt(text, from)} → ${excerpt(text, to)}`;
    return { tag: "→", look: "", words, label: nameOf(relations, label), said: letters ?? "", chosen: false, offered: letters !== undefined };
  }

  paintHint() {
    say(this.hint, this.spans.note || this.#hintWords());
  }

  #hintWords() {
    const { chosen, from, own, part, question, text } = this.spans;
    const words = part ? excerpt(text, part) : "";
    if (from) return gettext("From “{words}” to which? N or P chooses it, a number names the relation.", { words: excerpt(text, from) });
    if (!part) return gettext("Mark words with the arrow keys, the mouse or a finger; then choose a label.");
    if (!chosen) return gettext("“{words}”: which label?", { words });
    const label = nameOf(question.labels, chosen.label);
    if (own) return gettext("Chosen, {label}: “{words}”", { label, words });
    return gettext("{letters} marked it, {label}: “{words}”. Space takes it over.", { letters: chosen.letters ?? "", label, words });
  }
}
