// The panel of the turn that is judged now: where it stands, its criteria, its correction.

import { make, say } from "../../screen.js";
import { gettext, number } from "../../words.js";
import * as correcting from "./correction.js";
import * as criteria from "./criterion.js";
import { criteriaAt, judged, read, textOf, wantsNote, WHOLE, write } from "./said.js";
import * as turns from "./turns.js";

/** @implements {Control} */
export class Turns {
  /** @type {ChatSaid} */
  #said = new Map();
  /** @type {number[]} what is judged, in order */
  #places = [];
  #place = 0;
  #row = 0;
  #listening = false;
  /** @type {View | null} */
  #view = null;

  /** @param {HTMLElement} root @param {Question} question @param {() => void} changed */
  constructor(root, question, changed) {
    this.question = question;
    this.changed = changed;
    this.where = make("p", "chat-where");
    this.where.setAttribute("role", "status");
    const before = this.#button("‹", gettext("Turn before"), -1);
    const after = this.#button("›", gettext("Turn after"), 1);
    this.nothing = make("p", "muted", gettext("This conversation has no turn to judge."));
    this.rows = (question.criteria ?? []).map((/** @type {any} */ criterion) => this.#criterion(criterion));
    root.append(make("div", "chat-head", before, this.where, after), this.nothing, ...this.rows.map((/** @type {any} */ row) => row.element));
    this.correction = question.correct ? correcting.mount((text) => this.#tell((one) => void (one.correction = text))) : null;
    if (this.correction) root.append(this.correction.element);
  }

  /** @param {string} sign @param {string} name @param {1 | -1} by */
  #button(sign, name, by) {
    const button = make("button", "button button-small", sign);
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => this.#go(this.#place + by));
    return button;
  }

  /** @param {any} criterion */
  #criterion(criterion) {
    const { value } = criterion;
    const row = criteria.mount(this.question, criterion, {
      rated: (step) => {
        this.#tell((one) => void (one.ratings[value] = step));
        this.#paintNote(row);
      },
      noted: (text) => {
        this.#tell((one) => {
          if (text.trim()) one.notes[value] = text.trimEnd();
          else delete one.notes[value];
        });
        this.#paintNote(row);
      },
      entered: () => this.#choose(this.#shown.indexOf(row)),
    });
    return row;
  }

  get #at() {
    return this.#places[this.#place] ?? WHOLE;
  }

  /** The rows that apply to this place. */
  get #shown() {
    const asked = criteriaAt(this.question, this.#at);
    return this.rows.filter((/** @type {any} */ row) => asked.includes(row.criterion));
  }

  get #stage() {
    return this.#view?.stage(this.question.field ?? "") ?? null;
  }

  /** @param {number} at @returns {ChatJudgement} */
  #of(at) {
    return this.#said.get(at) ?? { ratings: {}, notes: {}, correction: "" };
  }

  /** One finished change of what is said of this place. @param {(one: ChatJudgement) => void} change */
  #tell(change) {
    const one = this.#of(this.#at);
    change(one);
    this.#said.set(this.#at, one);
    this.#paintState(this.#at);
    this.changed();
  }

  /** @param {any} row */
  #paintNote(row) {
    const { ratings, notes } = this.#of(this.#at);
    row.paint(ratings[row.criterion.value], notes[row.criterion.value] ?? "");
  }

  /** @param {View} view */
  show(view) {
    const fresh = this.#view?.task !== view.task || this.#view.payload !== view.payload;
    const another = this.#view?.stage !== view.stage;
    this.#view = view;
    this.#said = read(view.value);
    const whole = criteriaAt(this.question, WHOLE).length ? [WHOLE] : [];
    this.#places = [...judged(this.question, view.payload), ...whole];
    if (fresh) this.#place = this.#row = 0;
    if (another) turns.listen(this.#stage, (at) => this.#places.includes(at) && this.#go(this.#places.indexOf(at)));
    for (const at of this.#places) this.#paintState(at);
    this.#paint();
    // The page puts the item in its place, and at its beginning, after this.
    if (another) queueMicrotask(() => turns.point(this.#stage, this.#at));
  }

  #paint() {
    const at = this.#at;
    const { ratings, notes, correction } = this.#of(at);
    const { preLabel, opinions = [], payload = {} } = this.#view ?? {};
    this.nothing.hidden = this.#places.length > 0;
    const count = this.#places.filter((place) => place !== WHOLE).length;
    const turn = gettext("Turn {n} of {count}", { n: number(this.#place + 1), count: number(count) });
    say(this.where, !this.#places.length ? "" : at === WHOLE ? gettext("The whole conversation") : turn);
    const shown = this.#places.length ? this.#shown : [];
    const model = preLabel && read(preLabel.value).get(at);
    const said = opinions.map(({ letter, value }) => ({ letter, one: read(value).get(at) }));
    for (const row of this.rows) {
      row.element.hidden = !shown.includes(row);
      const { value } = row.criterion;
      const step = model?.ratings[value];
      row.show({
        .../** @type {View} */ (this.#view),
        value: ratings[value],
        preLabel: step === undefined ? null : { value: step, confidence: preLabel?.confidence },
        opinions: said.map(({ letter, one }) => ({ letter, value: one?.ratings[value] })),
      }, notes[value] ?? "");
    }
    if (this.correction) {
      this.correction.element.hidden = at === WHOLE;
      const messages = /** @type {any[]} */ (payload[this.question.field ?? ""] ?? []);
      this.correction.show(at === WHOLE ? "" : textOf(messages[at]), correction);
    }
    turns.point(this.#stage, at);
    this.#choose(Math.min(this.#row, Math.max(0, shown.length - 1)));
  }

  /** What was said of a turn, beside it. @param {number} at */
  #paintState(at) {
    if (at === WHOLE) return;
    const asked = criteriaAt(this.question, at);
    const { ratings, correction } = this.#of(at);
    const done = asked.filter(({ value }) => ratings[value] !== undefined).length;
    const complete = done === asked.length;
    const words = [
      asked.length && (complete ? `✓ ${gettext("rated")}` : gettext("{done} of {count} rated", { done: number(done), count: number(asked.length) })),
      correction && `✎ ${gettext("corrected")}`,
    ];
    turns.mark(this.#stage, at, words.filter(Boolean).join(" · "), complete && (asked.length > 0 || Boolean(correction)));
  }

  /** @param {number} place */
  #go(place) {
    if (!this.#places[place] && this.#places[place] !== 0) return;
    this.#finish();
    this.#place = place;
    this.#row = 0;
    this.#paint();
  }

  /** What is being written is told before anything else is shown. */
  #finish() {
    for (const row of this.rows) row.finish();
    this.correction?.finish();
  }

  /** The criterion that digits rate. @param {number} row */
  #choose(row) {
    if (row < 0) return;
    this.#row = row;
    const shown = this.#shown;
    for (const each of this.rows) each.active(this.#listening && each === shown[row]);
    shown[row]?.element.scrollIntoView({ block: "nearest" });
  }

  /** After a rating: the next criterion, or what lacks a note, or the next place. */
  #onward() {
    const shown = this.#shown;
    if (this.#row < shown.length - 1) return this.#choose(this.#row + 1);
    const lacking = shown.findIndex((/** @type {any} */ row) => this.#lacks(this.#at, row.criterion));
    if (lacking >= 0) return this.#choose(lacking);
    this.#go(this.#place + 1);
  }

  /** What a criterion lacks at a place, in words; "" for nothing. @param {number} at @param {any} criterion */
  #lacks(at, criterion) {
    const { ratings, notes } = this.#of(at);
    const { value, title } = criterion;
    if (ratings[value] === undefined) return gettext("“{title}” is not rated.", { title });
    return wantsNote(criterion, ratings[value]) && !notes[value] ? gettext("“{title}” needs a note with this rating.", { title }) : "";
  }

  read() {
    // With no rubric, a conversation in which nothing is corrected is an answer, too.
    return write(this.#said) ?? (this.rows.length ? undefined : { turns: [] });
  }

  /** Goes to what is lacking: it is asked for when somebody submits. */
  problem() {
    if (write(this.#said) === undefined) return "";
    for (const [place, at] of this.#places.entries()) {
      const one = this.#said.get(at);
      const left = this.question.every === false && at !== WHOLE && !write(new Map(one ? [[at, one]] : []));
      if (left) continue;
      const asked = criteriaAt(this.question, at);
      const row = asked.findIndex((criterion) => this.#lacks(at, criterion));
      if (row < 0) continue;
      this.#go(place);
      this.#choose(row);
      return `${this.where.textContent}: ${this.#lacks(at, asked[row])}`;
    }
    return "";
  }

  /** @param {Press} press */
  act(press) {
    const { action, shift } = press;
    if (action === "left" || action === "previous") this.#go(this.#place - 1);
    else if (action === "right" || action === "next") this.#go(this.#place + 1);
    else if (action === "up") this.#choose(Math.max(0, this.#row - 1));
    else if (action === "down") this.#choose(Math.min(this.#shown.length - 1, this.#row + 1));
    else if (action === "edit") return this.#edit(shift);
    else if (action === "digit") return this.#rate(press);
    else return false;
    return true;
  }

  /** @param {Press} press */
  #rate(press) {
    const row = this.#shown[this.#row];
    if (!row?.act(press)) return false;
    if (!press.repeat) this.#onward();
    return true;
  }

  /** @param {boolean} note */
  #edit(note) {
    const row = this.#shown[this.#row];
    const { ratings, notes } = this.#of(this.#at);
    const needed = row && wantsNote(row.criterion, ratings[row.criterion.value]) && !notes[row.criterion.value];
    if (!note && !needed && this.correction && this.#at !== WHOLE && this.#places.length) {
      this.correction.write();
      return true;
    }
    return Boolean(row?.write());
  }

  /** @param {boolean} on */
  active(on) {
    this.#listening = on;
    this.#choose(this.#row);
  }
}
