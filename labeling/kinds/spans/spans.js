// The control of kind `spans`: what is marked on a text, and how it is painted.
// What keys, mouse and finger do to it is hands.js, which follows the first paint.

import { surely } from "../../parts.js";
import { Face } from "./face.js";
import { attach, stack } from "./layer.js";
import { Marks } from "./marks.js";
import { Others } from "./others.js";
import { lookOf, tagOf } from "./panel.js";
import { offsets } from "./places.js";

/** @typedef {Marks["spans"][number]} Span */
/** @typedef {{start: number, end: number}} Range */
/** @typedef {import("./hands.js").Hands} Hands */

/** @param {Range} range @param {string} look */
const frame = ({ start, end }, look) => ({ start, end, tag: "", look });

export class Spans {
  /** @type {HTMLElement | null} */
  stage = null;
  /** @type {ReturnType<typeof attach> | null} */
  layer = null;
  #offsets = offsets("");
  text = "";
  /** @type {Marks} */
  marks;
  /** @type {Others} */
  others;
  /** A marked part, own or of others: keys mean it. @type {Span | null} */
  chosen = null;
  /** Where a relation starts. @type {Span | null} */
  from = null;
  /** What must be said just now. */
  note = "";
  on = true;
  /** @type {Hands | null} */
  hands = null;
  /** @type {Promise<Hands> | undefined} */
  #coming;
  // Kept, so that painting knows them again.
  frames = { from: frame({ start: 0, end: 0 }, "is-from"), part: frame({ start: 0, end: 0 }, "") };

  /** @param {HTMLElement} root @param {Question} question @param {() => void} changed
   * @param {() => Promise<typeof import("./hands.js")>} behind */
  constructor(root, question, changed, behind) {
    this.root = root;
    this.question = question;
    this.changed = changed;
    this.behind = behind;
    this.relations = /** @type {Label[]} */ (question.relations ?? []);
    this.marks = this.#read([]);
    this.others = new Others({ preLabel: null, opinions: [] }, (value) => this.#read(value));
    this.face = new Face(this, root);
  }

  fetchHands() {
    return (this.#coming ??= surely(this.behind).then((part) => (this.hands = new part.Hands(this))));
  }

  /** Now, or once there are hands for it.
   * @template {"label" | "relate" | "startRelation" | "choose" | "takeOrRemove" | "takeOrUnrelate" | "clicked"} What
   * @param {What} what @param {Parameters<Hands[What]>} which */
  do(what, ...which) {
    /** @param {any} hands */
    const act = (hands) => hands[what](...which);
    if (this.hands) act(this.hands);
    else void this.fetchHands().then(act);
  }

  /** @param {View} view */
  show(view) {
    const field = this.question.field ?? "";
    const stage = view.stage(field);
    if (stage !== this.stage) this.#open(stage, String(view.payload[field] ?? ""));
    this.marks = this.#read(view.value);
    this.others = new Others(view, (value) => this.#read(value));
    this.chosen = (this.chosen && this.marks.find(this.chosen)) ?? null;
    this.from = null;
    this.note = "";
    this.face.labels.clear();
    this.paint();
  }

  /** @param {HTMLElement | null} stage @param {string} text */
  #open(stage, text) {
    this.layer?.detach();
    this.stage = stage;
    this.text = text;
    this.#offsets = offsets(text);
    this.chosen = null;
    this.layer = stage && attach(stage, () => this.paintText());
    this.layer?.body.addEventListener("click", (event) => this.do("clicked", event));
    this.hands?.open();
  }

  /** @param {any} value */
  #read(value) {
    return new Marks(value, this.#offsets.toUnits, (label) => this.shape(label));
  }

  /** @param {string} id */
  shape(id) {
    const at = this.question.labels.findIndex((label) => label.id === id);
    return { tag: tagOf(at), look: lookOf(at) };
  }

  read() {
    return this.marks.value(this.#offsets.toPoints, this.relations.length > 0);
  }

  /** @param {boolean} on */
  active(on) {
    this.on = on;
    this.hands?.active(on);
    this.face.active(on);
  }

  /** @param {Press} press */
  act(press) {
    return this.hands?.act(press) ?? false;
  }

  /** What keys mean: the chosen part, else the marked words. @returns {Range | null} */
  get part() {
    return this.chosen ?? this.hands?.range ?? null;
  }

  /** The chosen part where it is an own one: only those can be changed. */
  get own() {
    return this.chosen && this.isOwn(this.chosen) ? this.chosen : null;
  }

  /** @param {Span} span */
  isOwn(span) {
    return this.marks.spans.includes(span);
  }

  /** Everything that can be chosen, in the order of the text. */
  items() {
    const offers = this.others.offers(this.marks).spans;
    return [...this.marks.spans, ...offers].sort((a, b) => a.start - b.start || a.end - b.end);
  }

  drawn() {
    return [...this.marks.relations, ...this.others.offers(this.marks).relations];
  }

  paint() {
    const items = this.items();
    this.face.paint(items);
    this.paintText(items);
  }

  paintText(items = this.items()) {
    if (!this.layer) return;
    stack(items);
    const { from, part, frames } = this;
    const over = [];
    if (from) over.push(Object.assign(frames.from, frame(from, "is-from")));
    if (part) over.push(Object.assign(frames.part, frame(part, this.chosen ? "is-chosen" : "is-cursor")));
    this.layer.paint([...items, ...over]);
  }
}
