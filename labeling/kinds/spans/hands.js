// Spans in the hand: what keys, mouse and finger do to the marks on a text.
// It follows the first paint: keys that come earlier wait for it.

import { gettext } from "../../words.js";
import { Cursor } from "./cursor.js";
import { excerpt } from "./places.js";
import { pointing } from "./pointing.js";
import { reading } from "./reading.js";

/** @typedef {import("./spans.js").Spans} Spans */
/** @typedef {Spans["marks"]["spans"][number]} Span */
/** @typedef {{start: number, end: number}} Range */

/** @type {KindModule["keys"]} */
export const keys = [
  ["left right up down", gettext("Word before, after, above, below")],
  ["Shift+← Shift+→", gettext("Mark more words, or move the end of a marked part")],
  ["1 … 9 0", gettext("Label what is marked, or change the label of the chosen part")],
  ["next previous", gettext("Next, previous marked part")],
  ["letter-back letter-on", gettext("End a letter earlier, later; with Shift the start")],
  ["remove", gettext("Remove the chosen part")],
  ["new", gettext("Mark the same words once more, for another label")],
  ["relate", gettext("Relate the chosen part to another: N or P, then the number of the relation")],
  ["toggle", gettext("Take over a part that somebody else marked")],
  ["search", gettext("Filter a long list of labels")],
];

/** Of several questions on one text, the one that takes what is marked with the mouse. @type {Spans | null} */
let holder = null;

export class Hands {
  #text = reading("");
  #cursor = new Cursor(this.#text, "auto", () => []);
  /** @type {ReturnType<typeof pointing> | null} */
  #pointing = null;

  /** @param {Spans} spans */
  constructor(spans) {
    this.spans = spans;
    document.addEventListener("selectionchange", () => this.#selected());
    this.active(spans.on);
    this.open();
    // What was marked with the mouse before there were hands.
    this.#selected();
  }

  /** Another text is shown. */
  open() {
    const { stage, layer, text } = this.spans;
    this.#text = reading(text);
    this.#cursor = new Cursor(this.#text, stage?.dir || "auto", (range) => layer?.rectsOf(range) ?? []);
    this.#pointing = layer && pointing(layer.body);
  }

  /** Words that are marked and have no label yet. */
  get range() {
    return this.#cursor.range;
  }

  /** @param {boolean} on */
  active(on) {
    if (on) holder = this.spans;
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
      case "search": return this.spans.face.labels.search();
      default: return false;
    }
  }

  // What keys do

  /** @param {string} digit @param {boolean} repeat */
  #number(digit, repeat) {
    const { face, from } = this.spans;
    const label = face.labelAt(digit);
    if (label && !repeat) from ? this.relate(label.id) : this.label(label.id);
    return Boolean(label);
  }

  /** @param {string} action @param {boolean} extend */
  #move(action, extend) {
    const { own, chosen } = this.spans;
    if (extend && own) return this.#resize(own, { end: this.#cursor.wordEdge(own, action) });
    this.#cursor.move(chosen, action, extend);
    this.#marked();
    return true;
  }

  /** @param {1 | -1} way @param {boolean} atStart */
  #letter(way, atStart) {
    const { own, part } = this.spans;
    if (!part) return false;
    const edge = atStart ? { start: this.#text.letter(part.start, way) } : { end: this.#text.letter(part.end, way) };
    if (own) return this.#resize(own, edge);
    const range = { start: part.start, end: part.end, ...edge };
    if (range.start < range.end) this.#put(range);
    return true;
  }

  /** @param {1 | -1} by */
  #step(by) {
    const { chosen, part } = this.spans;
    const items = this.spans.items();
    if (!items.length) return false;
    const here = chosen ? items.indexOf(chosen) : -1;
    const at = part?.start ?? -1;
    const after = items.findIndex(({ start }) => start >= at);
    const next = here >= 0 ? here + by : by > 0 ? after : (after < 0 ? items.length : after) - 1;
    this.choose(items[(next + items.length) % items.length]);
    return true;
  }

  #remove() {
    const { own } = this.spans;
    if (!own) return false;
    const { start, end } = own;
    this.takeOrRemove(own);
    // Still marked: a number gives it another label.
    this.#put({ start, end });
    return true;
  }

  #takeOver() {
    const { chosen, own } = this.spans;
    if (!chosen || own) return false;
    this.takeOrRemove(chosen);
    return true;
  }

  #again() {
    const { chosen } = this.spans;
    if (chosen) this.#put({ start: chosen.start, end: chosen.end });
    return true;
  }

  #cancel() {
    const { spans } = this;
    if (!spans.from && !spans.part) return false;
    if (spans.from) spans.from = null;
    else this.#forget();
    spans.note = "";
    spans.paint();
    return true;
  }

  // What mouse and finger do

  #selected() {
    if (!this.spans.stage?.isConnected) return;
    const selected = this.#pointing?.selection();
    const range = selected && this.#text.trimmed(selected);
    if (range && this.#isMine()) this.#put(range);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const unit = this.#pointing?.selection() ? -1 : (this.#pointing?.unitUnder(event) ?? -1);
    if (unit < 0 || !this.#isMine()) return;
    const under = this.spans.items().filter(({ start, end }) => start <= unit && unit <= end);
    under.sort((a, b) => a.end - a.start - (b.end - b.start));
    if (under.length) return this.choose(under[(under.findIndex((span) => span === this.spans.chosen) + 1) % under.length]);
    const word = this.#cursor.wordAt(unit);
    if (word) this.#put(word);
  }

  #isMine() {
    const { spans } = this;
    if (spans.on) return true;
    if (holder && holder !== spans && holder.stage === spans.stage) return false;
    spans.root.dispatchEvent(new FocusEvent("focusin"));
    return spans.on;
  }

  // What changes the answer

  /** @param {string} id */
  label(id) {
    const { own, part, marks } = this.spans;
    if (!part) return this.#say(gettext("Mark something first: with the arrow keys, the mouse or a finger."));
    const span = { start: part.start, end: part.end, label: id, ...this.spans.shape(id) };
    if (!this.#fits(span, own)) return;
    getSelection()?.removeAllRanges();
    this.#done(own ? Object.assign(own, span) : marks.add(span));
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
    const { marks, question, text } = this.spans;
    const found = marks.find(wanted);
    if (found) this.choose(found);
    if (found || question.overlapping !== false) return !found;
    const over = marks.spans.find((one) => one !== instead && one.start < wanted.end && wanted.start < one.end);
    if (over) this.#say(gettext("Parts must not overlap here; “{words}” is marked already.", { words: excerpt(text, over) }));
    return !over;
  }

  /** @param {Span} span */
  takeOrRemove(span) {
    if (this.spans.isOwn(span)) {
      this.spans.marks.remove(span);
      this.#done(null);
    } else if (this.#fits(span, null)) this.#done(this.#adopt(span));
  }

  /** Another's span as an own one. @param {Span} span */
  #adopt({ start, end, label }) {
    return this.spans.marks.add({ start, end, label, ...this.spans.shape(label) });
  }

  /** @param {{from: Span, to: Span, label: string}} relation */
  takeOrUnrelate(relation) {
    const { from, to, label } = relation;
    const { marks } = this.spans;
    if (marks.relations.includes(relation)) marks.unrelate(relation);
    else if ([from, to].every((end) => marks.find(end) || this.#fits(end, null))) {
      marks.relate(this.#adopt(from), this.#adopt(to), label);
    } else return;
    this.#done(this.spans.chosen);
  }

  startRelation() {
    const { spans } = this;
    if (!spans.relations.length) return false;
    spans.from = spans.own;
    spans.note = spans.own ? "" : gettext("Choose a marked part first, with N or P.");
    spans.paint();
    return true;
  }

  /** The same relation a second time takes it away. @param {string} label */
  relate(label) {
    const { from, own: to, marks } = this.spans;
    if (!from || !to || to === from) return this.#say(gettext("Choose the other part first, with N or P."));
    const found = marks.findRelation(from, to, label);
    if (found) marks.unrelate(found);
    else marks.relate(from, to, label);
    this.#done(from);
  }

  /** @param {Span | null} chosen */
  #done(chosen) {
    const { spans } = this;
    spans.marks.sort();
    spans.from = spans.chosen = null;
    this.choose(chosen);
    spans.changed();
  }

  // What is shown

  /** @param {string} note */
  #say(note) {
    this.spans.note = note;
    this.spans.face.paintHint();
  }

  /** @param {Range} range */
  #put(range) {
    this.#cursor.put(range);
    this.#marked();
  }

  /** Words without a label: the lists change only if a part was chosen before. */
  #marked() {
    const { spans } = this;
    const listed = spans.chosen;
    spans.chosen = null;
    spans.note = "";
    if (listed) spans.paint();
    else {
      spans.paintText();
      spans.face.paintHint();
    }
    spans.layer?.reveal(spans.frames.part);
  }

  #forget() {
    this.spans.chosen = null;
    this.#cursor.put(null);
  }

  /** @param {Span | null} span */
  choose(span) {
    const { spans } = this;
    if (span && span === spans.chosen && !spans.note) return;
    this.#forget();
    spans.chosen = span;
    spans.note = "";
    spans.paint();
    if (!span) return;
    spans.layer?.reveal(spans.frames.part);
    spans.face.list.reveal(spans.items().indexOf(span));
  }
}
