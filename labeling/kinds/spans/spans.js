// The control of kind `spans`: what keys, mouse and finger do to the marks on a text.

import { gettext } from "../../words.js";
import { Cursor } from "./cursor.js";
import { Face } from "./face.js";
import { attach, stack } from "./layer.js";
import { Marks } from "./marks.js";
import { Others } from "./others.js";
import { lookOf, tagOf } from "./panel.js";
import { offsets, reading } from "./places.js";

/** @typedef {Marks["spans"][number]} Span */
/** @typedef {{start: number, end: number}} Range */

/** Of several questions on one text, the one that takes what is marked with the mouse. @type {Spans | null} */
let holder = null;

/** @param {Range} range @param {string} look */
const frame = ({ start, end }, look) => ({ start, end, tag: "", look });

export class Spans {
  /** @type {HTMLElement | null} */
  #stage = null;
  /** @type {ReturnType<typeof attach> | null} */
  #layer = null;
  #offsets = offsets("");
  text = reading("");
  #cursor = new Cursor(this.text, "auto", () => []);
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
  #listening = true;
  // Kept, so that painting knows them again.
  #frames = { from: frame({ start: 0, end: 0 }, "is-from"), part: frame({ start: 0, end: 0 }, "") };

  /** @param {HTMLElement} root @param {Question} question @param {() => void} changed */
  constructor(root, question, changed) {
    this.root = root;
    this.question = question;
    this.changed = changed;
    this.relations = /** @type {Label[]} */ (question.relations ?? []);
    this.marks = this.#read([]);
    this.others = new Others({ preLabel: null, opinions: [] }, (value) => this.#read(value));
    this.face = new Face(this, root);
    document.addEventListener("selectionchange", () => this.#selected());
  }

  /** @param {View} view */
  show(view) {
    const field = this.question.field ?? "";
    const stage = view.stage(field);
    if (stage !== this.#stage) this.#open(stage, String(view.payload[field] ?? ""));
    this.marks = this.#read(view.value);
    this.others = new Others(view, (value) => this.#read(value));
    this.chosen = (this.chosen && this.marks.find(this.chosen)) ?? null;
    this.from = null;
    this.note = "";
    this.face.labels.clear();
    this.#paint();
  }

  /** @param {HTMLElement | null} stage @param {string} text */
  #open(stage, text) {
    this.#layer?.detach();
    this.#stage = stage;
    this.text = reading(text);
    this.#offsets = offsets(text);
    this.chosen = null;
    this.#layer = stage && attach(stage, () => this.#paintText());
    this.#layer?.body.addEventListener("click", (event) => this.#clicked(event));
    this.#cursor = new Cursor(this.text, stage?.dir || "auto", (range) => this.#layer?.rectsOf(range) ?? []);
  }

  /** @param {any} value */
  #read(value) {
    return new Marks(value, this.#offsets.toUnits, (label) => this.#shape(label));
  }

  /** @param {string} id */
  #shape(id) {
    const at = this.question.labels.findIndex((label) => label.id === id);
    return { tag: tagOf(at), look: lookOf(at) };
  }

  read() {
    return this.marks.value(this.#offsets.toPoints, this.relations.length > 0);
  }

  /** @param {boolean} on */
  active(on) {
    this.#listening = on;
    if (on) holder = this;
    this.face.active(on);
  }

  /** @param {Press} press */
  act({ action, digit, shift, repeat }) {
    switch (action) {
      case "digit": return this.#number(digit, repeat);
      case "left": case "right": case "up": case "down": return this.#move(action, shift);
      case "next": return this.#step(shift ? -1 : 1);
      case "previous": return this.#step(-1);
      case "letter-back": return this.#letter(-1, shift);
      case "letter-on": return this.#letter(1, shift);
      case "remove": return this.#remove();
      case "relate": return this.startRelation();
      case "toggle": return this.#takeOver();
      case "new": return this.#again();
      case "cancel": return this.#cancel();
      case "search": return this.face.labels.search();
      default: return false;
    }
  }

  /** What keys mean: the chosen part, else the marked words. @returns {Range | null} */
  get part() {
    return this.chosen ?? this.#cursor.range;
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

  // What keys do

  /** @param {string} digit @param {boolean} repeat */
  #number(digit, repeat) {
    const label = this.face.labelAt(digit);
    if (label && !repeat) this.from ? this.relate(label.id) : this.label(label.id);
    return Boolean(label);
  }

  /** @param {string} action @param {boolean} extend */
  #move(action, extend) {
    if (extend && this.own) return this.#resize(this.own, { end: this.#cursor.wordEdge(this.own, action) });
    this.#cursor.move(this.chosen, action, extend);
    this.#marked();
    return true;
  }

  /** @param {1 | -1} way @param {boolean} atStart */
  #letter(way, atStart) {
    const { own, part, text } = this;
    if (!part) return false;
    const edge = atStart ? { start: text.letter(part.start, way) } : { end: text.letter(part.end, way) };
    if (own) return this.#resize(own, edge);
    const range = { start: part.start, end: part.end, ...edge };
    if (range.start < range.end) this.#put(range);
    return true;
  }

  /** @param {1 | -1} by */
  #step(by) {
    const items = this.items();
    if (!items.length) return false;
    const here = this.chosen ? items.indexOf(this.chosen) : -1;
    const at = this.part?.start ?? -1;
    const after = items.findIndex(({ start }) => start >= at);
    const next = here >= 0 ? here + by : by > 0 ? after : (after < 0 ? items.length : after) - 1;
    this.choose(items[(next + items.length) % items.length]);
    return true;
  }

  #remove() {
    if (!this.own) return false;
    const { start, end } = this.own;
    this.takeOrRemove(this.own);
    // Still marked: a number gives it another label.
    this.#put({ start, end });
    return true;
  }

  #takeOver() {
    if (!this.chosen || this.own) return false;
    this.takeOrRemove(this.chosen);
    return true;
  }

  #again() {
    if (this.chosen) this.#put({ start: this.chosen.start, end: this.chosen.end });
    return true;
  }

  #cancel() {
    if (!this.from && !this.part) return false;
    if (this.from) this.from = null;
    else this.#forget();
    this.note = "";
    this.#paint();
    return true;
  }

  // What mouse and finger do

  #selected() {
    if (!this.#stage?.isConnected) return;
    const selected = this.#layer?.selection();
    const range = selected && this.text.trimmed(selected);
    if (range && this.#isMine()) this.#put(range);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const unit = this.#layer?.selection() ? -1 : (this.#layer?.unitUnder(event) ?? -1);
    if (unit < 0 || !this.#isMine()) return;
    const under = this.items().filter(({ start, end }) => start <= unit && unit <= end);
    under.sort((a, b) => a.end - a.start - (b.end - b.start));
    if (under.length) return this.choose(under[(under.findIndex((span) => span === this.chosen) + 1) % under.length]);
    const word = this.#cursor.wordAt(unit);
    if (word) this.#put(word);
  }

  #isMine() {
    if (this.#listening) return true;
    if (holder && holder !== this && holder.#stage === this.#stage) return false;
    this.root.dispatchEvent(new FocusEvent("focusin"));
    return this.#listening;
  }

  // What changes the answer

  /** @param {string} id */
  label(id) {
    const { own, part } = this;
    if (!part) return this.#say(gettext("Mark something first: with the arrow keys, the mouse or a finger."));
    const span = { start: part.start, end: part.end, label: id, ...this.#shape(id) };
    if (!this.#fits(span, own)) return;
    getSelection()?.removeAllRanges();
    this.#done(own ? Object.assign(own, span) : this.marks.add(span));
  }

  /** @param {Span} span @param {{start?: number, end?: number}} edge */
  #resize(span, edge) {
    const { start, end } = { ...span, ...edge };
    const same = start === span.start && end === span.end;
    if (!same && start < end && this.#fits({ start, end, label: span.label }, span)) this.#done(Object.assign(span, edge));
    return true;
  }

  /** @param {Range & {label: string}} wanted @param {Span | null} instead of this one */
  #fits(wanted, instead) {
    const found = this.marks.find(wanted);
    if (found) this.choose(found);
    if (found || this.question.overlapping !== false) return !found;
    const over = this.marks.spans.find((one) => one !== instead && one.start < wanted.end && wanted.start < one.end);
    if (over) this.#say(gettext("Parts must not overlap here; “{words}” is marked already.", { words: this.text.excerpt(over) }));
    return !over;
  }

  /** @param {Span} span */
  takeOrRemove(span) {
    if (this.isOwn(span)) {
      this.marks.remove(span);
      this.#done(null);
    } else if (this.#fits(span, null)) this.#done(this.#adopt(span));
  }

  /** Another's span as an own one. @param {Span} span */
  #adopt({ start, end, label }) {
    return this.marks.add({ start, end, label, ...this.#shape(label) });
  }

  /** @param {{from: Span, to: Span, label: string}} relation */
  takeOrUnrelate(relation) {
    const { from, to, label } = relation;
    if (this.marks.relations.includes(relation)) this.marks.unrelate(relation);
    else if ([from, to].every((end) => this.marks.find(end) || this.#fits(end, null))) {
      this.marks.relate(this.#adopt(from), this.#adopt(to), label);
    } else return;
    this.#done(this.chosen);
  }

  startRelation() {
    if (!this.relations.length) return false;
    this.from = this.own;
    this.note = this.own ? "" : gettext("Choose a marked part first, with N or P.");
    this.#paint();
    return true;
  }

  /** The same relation a second time takes it away. @param {string} label */
  relate(label) {
    const { from, own: to } = this;
    if (!from || !to || to === from) return this.#say(gettext("Choose the other part first, with N or P."));
    const found = this.marks.findRelation(from, to, label);
    if (found) this.marks.unrelate(found);
    else this.marks.relate(from, to, label);
    this.#done(from);
  }

  /** @param {Span | null} chosen */
  #done(chosen) {
    this.marks.sort();
    this.from = this.chosen = null;
    this.choose(chosen);
    this.changed();
  }

  // What is shown

  /** @param {string} note */
  #say(note) {
    this.note = note;
    this.face.paintHint();
  }

  /** @param {Range} range */
  #put(range) {
    this.#cursor.put(range);
    this.#marked();
  }

  /** Words without a label: the lists change only if a part was chosen before. */
  #marked() {
    const listed = this.chosen;
    this.chosen = null;
    this.note = "";
    if (listed) this.#paint();
    else {
      this.#paintText();
      this.face.paintHint();
    }
    this.#layer?.reveal(this.#frames.part);
  }

  #forget() {
    this.chosen = null;
    this.#cursor.put(null);
  }

  /** @param {Span | null} span */
  choose(span) {
    if (span && span === this.chosen && !this.note) return;
    this.#forget();
    this.chosen = span;
    this.note = "";
    this.#paint();
    if (!span) return;
    this.#layer?.reveal(this.#frames.part);
    this.face.list.reveal(this.items().indexOf(span));
  }

  #paint() {
    const items = this.items();
    this.face.paint(items);
    this.#paintText(items);
  }

  #paintText(items = this.items()) {
    if (!this.#layer) return;
    stack(items);
    const { from, part } = this;
    const over = [];
    if (from) over.push(Object.assign(this.#frames.from, frame(from, "is-from")));
    if (part) over.push(Object.assign(this.#frames.part, frame(part, this.chosen ? "is-chosen" : "is-cursor")));
    this.#layer.paint([...items, ...over]);
  }
}
