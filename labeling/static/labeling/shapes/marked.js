// The marks of one question on the picture that is shown, and how they are painted.
// What keys and pointer do to them is hands.js, which follows the first paint.

import { stageOf } from "../fields/image/stage.js";
import { surely } from "../parts.js";
import { gettext, number as written, percent } from "../words.js";
import { Board, tone } from "./board.js";
import { BY_NUMBER, button, hint, keyOf, Panel } from "./panel.js";

// So many that their names would hide the picture: the key of the label must do.
const CROWD = 40;

export class Marked {
  /** @type {Mark[]} */
  marks = [];
  selected = -1;
  on = false;
  /** Whether there is an answer: an empty list is one only when somebody says so. */
  answered = false;
  /** @type {Stage | undefined} */
  stage;
  /** What the model gave each of its marks. @type {Map<string, number>} */
  scores = new Map();
  /** @type {unknown} */
  #task;
  /** What others marked, beside the picture. @type {HTMLElement | undefined} */
  others;
  /** @type {MarkHands | null} */
  hands = null;
  /** @type {Promise<MarkHands> | undefined} */
  #coming;

  /** @param {HTMLElement} root @param {Question} question @param {() => void} changed @param {Form} form
   * @param {() => Promise<{handsFor: (marked: any) => MarkHands}>} behind */
  constructor(root, question, changed, form, behind) {
    this.root = root;
    this.question = question;
    this.changed = changed;
    this.form = form;
    this.behind = behind;
    this.board = new Board(form);
    this.svg = this.board.svg;
    this.label = question.labels[0]?.id;
    this.panel = new Panel(root, question, (what, which) => this.do(what, which));
    this.fresh = button("button button-small", () => this.do("create"), form.create, " ", hint("new", "B"));
    this.none = button("button button-small", () => this.do("nothing"), gettext("Nothing to mark"), " ", hint("toggle", gettext("Space")));
    this.panel.tools.append(this.fresh, this.none);
  }

  fetchHands() {
    return (this.#coming ??= surely(this.behind).then(async (part) => {
      // Where there is no picture yet, nothing can be done to it.
      await this.stage?.picture.decode().catch(() => {});
      this.hands = part.handsFor(this);
      this.paint();
      return this.hands;
    }));
  }

  /** Now, or once there are hands for it. @param {"name" | "select" | "remove" | "create" | "nothing" | "commit"} what @param {any} [which] */
  do(what, which) {
    /** @param {MarkHands} hands */
    const act = (hands) => hands[what](/** @type {never} */ (which));
    if (this.hands) act(this.hands);
    else void this.fetchHands().then(act);
  }

  /** @param {View} view */
  show(view) {
    const again = view.payload === this.#task;
    this.#task = view.payload;
    this.answered = Array.isArray(view.value);
    this.marks = this.answered ? view.value : [];
    // The task was shown before: what was selected stays so.
    this.selected = again ? Math.min(this.selected, this.marks.length - 1) : -1;
    this.hands?.letGo(again);
    const { value, scores } = view.preLabel ?? {};
    this.scores = new Map((scores ?? []).map((score, number) => [JSON.stringify(value[number]), score]));
    if (!again) {
      this.stage = /** @type {Stage | undefined} */ (stageOf(view.stage(this.question.field ?? "")));
      this.stage?.attach(this);
      this.board.others.replaceChildren();
      void this.#others(view);
    }
    this.paint();
  }

  /** @param {View} view */
  async #others(view) {
    if (!view.opinions.length && !this.others) return;
    const part = await import("./others.js").catch(() => null);
    if (view.payload === this.#task) this.others = part?.paint(this, view.opinions);
  }

  read() {
    return this.answered ? this.marks : undefined;
  }

  problem() {
    const { fewest = 0, most = Infinity } = this.question;
    const count = this.marks.length;
    const drawing = this.hands?.problem();
    if (drawing) return drawing;
    if (this.answered && count < fewest) return gettext("needs at least {n} marks, there are {count}.", { n: written(fewest), count });
    if (count > most) return gettext("may have at most {n} marks, there are {count}.", { n: written(most), count });
    return "";
  }

  /** @param {Press} press */
  act(press) {
    return this.hands?.act(press) ?? false;
  }

  /** @param {boolean} on */
  active(on) {
    this.on = on;
    if (this.stage) this.hands?.hint();
  }

  sized() {
    const { width = 0, height = 0 } = this.stage ?? {};
    this.board.sized(width, height);
    this.hands?.sized();
    this.paint();
  }

  /** @param {Mark} mark */
  place(mark) {
    return this.question.labels.findIndex((label) => label.id === mark.label);
  }

  /** @param {Mark} mark */
  words(mark) {
    return this.question.labels[this.place(mark)]?.name ?? this.form.noun;
  }

  /** @param {Mark} mark */
  score(mark) {
    const score = this.scores.size ? this.scores.get(JSON.stringify(mark)) : undefined;
    return score === undefined ? "" : percent(score);
  }

  /** @param {Mark} mark @param {number} number */
  drawn(mark, number) {
    const label = this.place(mark);
    const short = label >= 0 && label < BY_NUMBER && number >= 0 && number !== this.selected && this.marks.length > CROWD;
    if (short) return { mark, words: keyOf(label), look: tone(label) };
    const name = label < 0 ? String((number < 0 ? this.marks.length : number) + 1) : `${keyOf(label)} ${this.words(mark)}`;
    const words = `${name} ${this.score(mark)}`.trim();
    return { mark, words, look: `${tone(label < 0 ? 0 : label)} ${number === this.selected || number < 0 ? "is-selected" : ""}` };
  }

  paint() {
    this.board.paint(this.marks.map((mark, number) => this.drawn(mark, number)));
    const rows = this.marks.map((mark) => ({
      words: this.words(mark), where: this.form.where(mark), number: this.place(mark), score: this.score(mark),
    }));
    const label = this.marks[this.selected]?.label ?? this.label;
    this.panel.paint(rows, this.selected, this.question.labels.findIndex(({ id }) => id === label));
    this.none.hidden = Boolean(this.marks.length || this.hands?.draft || this.question.fewest);
    this.none.ariaPressed = String(this.answered);
    this.hands?.paint();
  }
}
