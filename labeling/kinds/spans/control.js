// Kind `spans`: parts of a text with labels, by keys, mouse or finger; and how they relate.

import { make, say } from "../../screen.js";
import { gettext, ngettext, percent } from "../../words.js";
import { attach, stack } from "./layer.js";
import { keyOf, Marks, relationsOf, spansOf } from "./marks.js";
import { listOf, lookOf, palette, tagOf } from "./panel.js";
import { offsets, reading } from "./places.js";

export { differences } from "./differences.js";

/** @type {KindModule["keys"]} */
export const keys = [
  ["left right up down", gettext("Word before, after, above, below")],
  ["Shift + arrows", gettext("Mark more words, or move the end of a marked part")],
  ["1 … 9 0", gettext("Label what is marked, or change the label of the chosen part")],
  ["next previous", gettext("Next, previous marked part")],
  ["letter-back letter-on", gettext("End a letter earlier, later; with Shift the start")],
  ["remove", gettext("Remove the chosen part")],
  ["new", gettext("Mark the same words once more, for another label")],
  ["relate", gettext("Relate the chosen part to another: N or P, then the number of the relation")],
  ["toggle", gettext("Take over a part that somebody else marked")],
  ["search", gettext("Filter a long list of labels")],
];

/** @param {Question} question @param {any} value */
export function words(question, value) {
  const counted = (/** @type {Label} */ { id, name }) => {
    const count = spansOf(value).filter(({ label }) => label === id).length;
    return count ? `${count} ${name}` : "";
  };
  const relations = relationsOf(value).length;
  const all = [...question.labels.map(counted), relations && ngettext("one relation", "{n} relations", relations)];
  return all.filter(Boolean).join(", ") || gettext("nothing marked");
}

/** @typedef {Marks["spans"][number]} Span */
/** @typedef {{start: number, end: number}} Range */

/** Of several questions on one text, the one that takes what is marked with the mouse. @type {Spans | null} */
let holder = null;

const NOTHING = reading("");

class Spans {
  /** @type {HTMLElement | null} */
  stage = null;
  /** @type {ReturnType<typeof attach> | null} */
  #layer = null;
  #text = NOTHING;
  #offsets = offsets("");
  #dir = "auto";
  #marks = new Marks([], Number, () => ({ tag: "", look: "" }));
  /** Marks of others by their key: what is not among the own ones can be taken over. @type {Span[]} */
  #others = [];
  /** @type {{from: Span, to: Span, label: string, letters: string}[]} */
  #othersRelations = [];
  /** @type {Map<string, number>} */
  #scores = new Map();

  /** Words that are marked and have no label yet. @type {Range | null} */
  #range = null;
  /** Where marking began, and the word it has come to. @type {Range | null} */
  #anchor = null;
  /** @type {Range | null} */
  #head = null;
  /** A marked part, own or of others: keys mean it. @type {Span | null} */
  #chosen = null;
  /** Where a relation starts. @type {Span | null} */
  #from = null;
  #listening = true;
  #note = "";
  #cursor = { start: 0, end: 0, tag: "", look: "" };
  #origin = { start: 0, end: 0, tag: "", look: "is-from" };

  /** @param {HTMLElement} root @param {Question} question @param {() => void} changed */
  constructor(root, question, changed) {
    this.root = root;
    this.question = question;
    this.changed = changed;
    this.relations = /** @type {Label[]} */ (question.relations ?? []);
    this.labels = palette(root, gettext("Labels"), question.labels, ({ id }) => this.#label(id));
    this.arrows = palette(root, gettext("Relations"), this.relations, ({ id }) => this.#relate(id));
    this.hint = make("p", "span-hint small");
    this.hint.setAttribute("role", "status");
    this.relateButton = make("button", "button button-small", `${gettext("Relate to another")} `, make("kbd", "", "R"));
    this.relateButton.type = "button";
    this.relateButton.addEventListener("click", () => this.#startRelation());
    root.append(this.hint, this.relateButton);
    this.list = listOf(root, gettext("Marked parts"), {
      choose: (at) => this.#choose(this.#items()[at]),
      act: (at) => this.#takeOrRemove(this.#items()[at]),
    });
    this.drawn = listOf(root, gettext("Relations between them"), {
      choose: (at) => this.#choose(this.#drawn()[at].from),
      act: (at) => this.#takeOrUnrelate(this.#drawn()[at]),
    });
    // Neither the focus nor what is marked is lost to a button: Enter submits after a click, too.
    root.addEventListener("mousedown", (event) => {
      if (/** @type {Element} */ (event.target).closest("button")) event.preventDefault();
    });
    document.addEventListener("selectionchange", () => this.#selected());
  }

  /** @param {View} view */
  show(view) {
    const field = this.question.field ?? "";
    const stage = view.stage(field);
    if (stage !== this.stage) this.#open(stage, String(view.payload[field] ?? ""));
    const { toUnits } = this.#offsets;
    const shape = (/** @type {string} */ label) => this.#shape(label);
    this.#marks = new Marks(view.value, toUnits, shape);
    this.#chosen = (this.#chosen && this.#marks.find(this.#chosen)) ?? null;
    this.#from = null;
    this.#note = "";
    this.#learn(view);
    this.labels.clear();
    this.#paint();
  }

  /** @param {HTMLElement | null} stage @param {string} text */
  #open(stage, text) {
    this.#layer?.detach();
    this.stage = stage;
    this.#text = reading(text);
    this.#offsets = offsets(text);
    this.#dir = stage?.dir || "auto";
    this.#range = this.#anchor = this.#head = this.#chosen = null;
    this.#layer = stage && attach(stage, () => this.#paintText());
    this.#layer?.body.addEventListener("click", (event) => this.#clicked(event));
  }

  /** What the model and others said of this text. @param {View} view */
  #learn({ preLabel, opinions }) {
    const shape = (/** @type {string} */ label) => this.#shape(label);
    const read = (/** @type {any} */ value) => new Marks(value, this.#offsets.toUnits, shape);
    const scores = preLabel?.scores ?? [];
    this.#scores = new Map(read(preLabel?.value).spans.map((span, at) => [keyOf(span), scores[at]]));
    /** @type {Map<string, Span>} */
    const spans = new Map();
    this.#othersRelations = [];
    for (const { letter, value } of opinions) {
      const said = read(value);
      for (const span of said.spans) {
        const known = spans.get(keyOf(span)) ?? span;
        known.letters = known.letters ? `${known.letters} ${letter}` : letter;
        known.look = `${this.#shape(span.label).look} is-offered`;
        spans.set(keyOf(span), known);
      }
      this.#othersRelations.push(...said.relations.map((relation) => ({ ...relation, letters: letter })));
    }
    this.#others = [...spans.values()];
  }

  read() {
    return this.#marks.value(this.#offsets.toPoints, this.relations.length > 0);
  }

  /** @param {boolean} on */
  active(on) {
    this.#listening = on;
    if (on) holder = this;
    this.labels.active(on);
    this.arrows.active(on);
  }

  /** @param {Press} press */
  act({ action, digit, shift, repeat }) {
    if (action === "digit") return this.#number(digit, repeat);
    if (action === "left" || action === "right" || action === "up" || action === "down") return this.#move(action, shift);
    if (action === "next" || action === "previous") return this.#step(action === "next" && !shift ? 1 : -1);
    if (action === "letter-back") return this.#letter(-1, shift);
    if (action === "letter-on") return this.#letter(1, shift);
    if (action === "remove") return this.#remove();
    if (action === "relate") return this.#startRelation();
    if (action === "toggle") return this.#takeOver();
    if (action === "new") return this.#again();
    if (action === "cancel") return this.#cancel();
    if (action === "search") return this.labels.search();
    return false;
  }

  // What keys do

  /** @param {string} digit @param {boolean} repeat */
  #number(digit, repeat) {
    const label = (this.#from ? this.arrows : this.labels).at(digit);
    if (!label) return false;
    if (repeat) return true;
    if (this.#from) this.#relate(label.id);
    else this.#label(label.id);
    return true;
  }

  /** A word on, or a line; with Shift what is marked grows or shrinks.
   * @param {"left" | "right" | "up" | "down"} action @param {boolean} extend */
  #move(action, extend) {
    const base = this.#head ?? this.#chosen ?? this.#range;
    const rtl = (action === "left" || action === "right") && this.#text.isRtl(base?.start ?? 0, this.#dir);
    const way = (action === "right" || action === "down") !== rtl ? 1 : -1;
    if (extend && this.#own) return this.#resize(this.#own, { end: this.#wordEdge(this.#own, way) });
    const next = base ? this.#wordAfter(base, way, action === "up" || action === "down") : this.#text.wordFrom(0, 1);
    if (!next) return true;
    this.#head = next;
    if (!extend || !this.#anchor) this.#anchor = next;
    this.#mark({ start: Math.min(this.#anchor.start, next.start), end: Math.max(this.#anchor.end, next.end) });
    return true;
  }

  /** @param {Range} base @param {1 | -1} way @param {boolean} lines */
  #wordAfter(base, way, lines) {
    if (!lines) return this.#text.step(base, way);
    const unit = this.#layer?.lineFrom((base.start + base.end) >> 1, way) ?? base.start;
    return this.#text.wordFrom(unit, 1) ?? this.#text.wordFrom(unit, -1);
  }

  /** Where a part ends with one word more or less. @param {Range} range @param {1 | -1} way */
  #wordEdge({ end }, way) {
    if (way > 0) return this.#text.wordFrom(end, 1)?.end ?? end;
    const last = this.#text.wordFrom(end - 1, -1);
    return (last && this.#text.step(last, -1)?.end) ?? end;
  }

  /** @param {1 | -1} way @param {boolean} atStart */
  #letter(way, atStart) {
    const part = this.#chosen ?? this.#range;
    if (!part) return false;
    const edge = atStart ? { start: this.#text.letter(part.start, way) } : { end: this.#text.letter(part.end, way) };
    if (this.#own) return this.#resize(this.#own, edge);
    const range = { start: part.start, end: part.end, ...edge };
    if (range.start < range.end) this.#markWhole(range);
    return true;
  }

  /** @param {1 | -1} by */
  #step(by) {
    const items = this.#items();
    if (!items.length) return false;
    const here = this.#chosen ? items.indexOf(this.#chosen) : -1;
    const at = this.#chosen?.start ?? this.#range?.start ?? -1;
    const after = items.findIndex(({ start }) => start >= at);
    const next = here >= 0 ? here + by : by > 0 ? after : (after < 0 ? items.length : after) - 1;
    this.#choose(items[(next + items.length) % items.length]);
    return true;
  }

  #remove() {
    if (!this.#own) return false;
    const { start, end } = this.#own;
    this.#takeOrRemove(this.#own);
    // still marked: a number gives it another label
    this.#markWhole({ start, end });
    return true;
  }

  #takeOver() {
    if (!this.#chosen || this.#own) return false;
    this.#takeOrRemove(this.#chosen);
    return true;
  }

  #again() {
    if (this.#chosen) this.#markWhole({ start: this.#chosen.start, end: this.#chosen.end });
    return true;
  }

  #cancel() {
    if (!this.#from && !this.#chosen && !this.#range) return false;
    if (this.#from) this.#from = null;
    else this.#range = this.#anchor = this.#head = this.#chosen = null;
    this.#note = "";
    this.#paint();
    return true;
  }

  // What mouse and finger do

  #selected() {
    if (!this.stage?.isConnected) return;
    const chosen = this.#layer?.selection();
    const range = chosen && this.#text.trimmed(chosen);
    if (range && this.#isMine()) this.#markWhole(range);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const unit = this.#layer?.selection() ? -1 : (this.#layer?.unitUnder(event) ?? -1);
    if (unit < 0 || !this.#isMine()) return;
    const under = this.#items().filter(({ start, end }) => start <= unit && unit <= end);
    under.sort((a, b) => a.end - a.start - (b.end - b.start));
    if (under.length) return this.#choose(under[(under.indexOf(/** @type {Span} */ (this.#chosen)) + 1) % under.length]);
    const word = this.#text.wordFrom(unit, 1);
    const before = this.#text.wordFrom(unit - 1, -1);
    const range = before?.end === unit && word?.start !== unit ? before : word;
    if (range) this.#markWhole(range);
  }

  /** Of several questions on this text one takes the hand's marks: the last that listened. */
  #isMine() {
    if (this.#listening) return true;
    if (holder && holder !== this && holder.stage === this.stage) return false;
    this.root.dispatchEvent(new FocusEvent("focusin"));
    return this.#listening;
  }

  // What changes the answer

  /** @param {string} id */
  #label(id) {
    const part = this.#chosen ?? this.#range;
    if (!part) return this.#say(gettext("Mark something first: with the arrow keys, the mouse or a finger."));
    const span = { start: part.start, end: part.end, label: id, ...this.#shape(id) };
    const own = this.#own;
    if (!this.#fits(span, own)) return;
    getSelection()?.removeAllRanges();
    this.#done(own ? Object.assign(own, span) : this.#marks.add(span));
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
    const found = this.#marks.find(wanted);
    if (found) this.#choose(found);
    if (found || this.question.overlapping !== false) return !found;
    const over = this.#marks.spans.find((one) => one !== instead && one.start < wanted.end && wanted.start < one.end);
    if (over) this.#say(gettext("Parts must not overlap here; “{words}” is marked already.", { words: this.#text.excerpt(over) }));
    return !over;
  }

  /** @param {Span} span */
  #takeOrRemove(span) {
    if (this.#isOwn(span)) {
      this.#marks.remove(span);
      this.#done(null);
    } else if (this.#fits(span, null)) this.#done(this.#adopt(span));
  }

  /** @param {{from: Span, to: Span, label: string}} relation */
  #takeOrUnrelate(relation) {
    const { from, to, label } = relation;
    if (this.#marks.relations.includes(relation)) this.#marks.unrelate(relation);
    else if ([from, to].every((end) => this.#marks.find(end) || this.#fits(end, null))) {
      this.#marks.relate(this.#adopt(from), this.#adopt(to), label);
    } else return;
    this.#done(this.#chosen);
  }

  /** Another's span as an own one. @param {Span} span */
  #adopt({ start, end, label }) {
    return this.#marks.add({ start, end, label, ...this.#shape(label) });
  }

  #startRelation() {
    if (!this.relations.length) return false;
    this.#from = this.#own;
    this.#note = this.#own ? "" : gettext("Choose a marked part first, with N or P.");
    this.#paint();
    return true;
  }

  /** The same relation a second time takes it away. @param {string} label */
  #relate(label) {
    const from = this.#from;
    const to = this.#own;
    if (!from || !to || to === from) return this.#say(gettext("Choose the other part first, with N or P."));
    const found = this.#marks.findRelation(from, to, label);
    if (found) this.#marks.unrelate(found);
    else this.#marks.relate(from, to, label);
    this.#done(from);
  }

  /** @param {Span | null} chosen */
  #done(chosen) {
    this.#marks.sort();
    this.#from = null;
    this.#choose(chosen);
    this.changed();
  }

  // What is shown

  /** @param {string} note */
  #say(note) {
    this.#note = note;
    this.#paintHint();
  }

  /** @param {Range} range */
  #mark(range) {
    const listed = this.#chosen;
    this.#chosen = null;
    this.#range = range;
    this.#note = "";
    if (listed) this.#paint();
    else {
      this.#paintText();
      this.#paintHint();
    }
    this.#layer?.reveal(this.#cursor);
  }

  /** Marked at once, not word by word. @param {Range} range */
  #markWhole(range) {
    this.#anchor = this.#head = range;
    this.#mark(range);
  }

  /** @param {Span | null} span */
  #choose(span) {
    if (span && span === this.#chosen && !this.#note) return;
    this.#chosen = span;
    this.#range = this.#anchor = this.#head = null;
    this.#note = "";
    this.#paint();
    if (!span) return;
    this.#layer?.reveal(this.#cursor);
    this.list.reveal(this.#items().indexOf(span));
  }

  /** @param {Span} span */
  #isOwn(span) {
    return this.#marks.spans.includes(span);
  }

  /** The chosen part where it is an own one: only those can be changed. */
  get #own() {
    return this.#chosen && this.#isOwn(this.#chosen) ? this.#chosen : null;
  }

  /** Everything that can be chosen, in the order of the text. */
  #items() {
    const offers = this.#others.filter((span) => !this.#marks.find(span));
    return [...this.#marks.spans, ...offers].sort((a, b) => a.start - b.start || a.end - b.end);
  }

  #drawn() {
    const offers = this.#othersRelations.filter(({ from, to, label }) => !this.#marks.findRelation(from, to, label));
    return [...this.#marks.relations, ...offers];
  }

  /** @param {string} id */
  #shape(id) {
    const at = this.question.labels.findIndex((label) => label.id === id);
    return { tag: tagOf(at), look: lookOf(at) };
  }

  /** @param {Label[]} labels @param {string} id */
  #name(labels, id) {
    return labels.find((label) => label.id === id)?.name ?? id;
  }

  #paint() {
    const items = this.#items();
    this.labels.list.hidden = Boolean(this.#from);
    this.arrows.list.hidden = !this.#from;
    this.labels.press(this.#own?.label);
    this.relateButton.hidden = !this.relations.length || Boolean(this.#from) || !this.#own;
    this.list.paint(items.map((span) => this.#row(span)));
    this.drawn.paint(this.#drawn().map((relation) => this.#relationRow(relation)));
    this.#paintText(items);
    this.#paintHint();
  }

  /** @param {Span} span */
  #row(span) {
    const key = keyOf(span);
    const score = this.#scores.get(key);
    const said = this.#others.find((one) => keyOf(one) === key)?.letters ?? "";
    const label = [this.#name(this.question.labels, span.label), score === undefined ? "" : percent(score)];
    const own = this.#isOwn(span);
    return {
      tag: span.tag, look: span.look, words: this.#text.excerpt(span), label: label.join(" ").trim(),
      said, chosen: span === this.#chosen, offered: !own,
    };
  }

  /** @param {{from: Span, to: Span, label: string, letters?: string}} relation */
  #relationRow({ from, to, label, letters }) {
    const words = `${this.#text.excerpt(from)} → ${this.#text.excerpt(to)}`;
    return { tag: "→", look: "", words, label: this.#name(this.relations, label), said: letters ?? "", chosen: false, offered: letters !== undefined };
  }

  #paintText(items = this.#items()) {
    if (!this.#layer) return;
    stack(items);
    const part = this.#chosen ?? this.#range;
    const over = [];
    if (this.#from) over.push(Object.assign(this.#origin, { start: this.#from.start, end: this.#from.end }));
    if (part) over.push(Object.assign(this.#cursor, { start: part.start, end: part.end, look: this.#chosen ? "is-chosen" : "is-cursor" }));
    this.#layer.paint([...items, ...over]);
  }

  #paintHint() {
    say(this.hint, this.#note || this.#hintWords());
  }

  #hintWords() {
    const part = this.#chosen ?? this.#range;
    const words = part ? this.#text.excerpt(part) : "";
    if (this.#from) return gettext("From “{words}” to which? N or P chooses it, a number names the relation.", { words: this.#text.excerpt(this.#from) });
    if (!this.#chosen) return words ? gettext("“{words}”: which label?", { words }) : gettext("Mark words with the arrow keys, the mouse or a finger; then choose a label.");
    const label = this.#name(this.question.labels, this.#chosen.label);
    if (this.#own) return gettext("Chosen, {label}: “{words}”", { label, words });
    return gettext("{letters} marked it, {label}: “{words}”. Space takes it over.", { letters: this.#chosen.letters ?? "", label, words });
  }
}

/**
 * @param {HTMLElement} root @param {Question} question
 * @param {() => void} changed
 * @returns {Control}
 */
export const mount = (root, question, changed) => new Spans(root, question, changed);
