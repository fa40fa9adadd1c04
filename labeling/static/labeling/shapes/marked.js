// The marks of one question on the picture that is shown: what is done to them, and how they are painted.

import { within } from "../fields/image/stage.js";
import { say } from "../screen.js";
import { gettext, percent } from "../words.js";
import { Board, tone } from "./board.js";
import { BY_NUMBER, button, hint, keyOf, Panel } from "./panel.js";
import { bounds, tenth } from "./plane.js";

// So many that their names would hide the picture: the key of the label must do.
const CROWD = 40;

export class Marked {
  /** @type {Mark[]} */
  marks = [];
  selected = -1;
  on = false;
  /** The point of the selected mark that is held, by keys or after a click on it. */
  held = -1;
  /** @type {Mark | null} drawn, not yet one of the marks */
  draft = null;
  /** Whether there is an answer: an empty list is one only when somebody says so. */
  answered = false;
  byKeys = false;
  /** @type {Stage | undefined} */
  stage;
  /** @type {Place} */
  cross = [0, 0];
  /** What the model gave each of its marks. @type {Map<string, number>} */
  scores = new Map();

  /** @param {HTMLElement} root @param {Question} question @param {() => void} changed @param {Form} form */
  constructor(root, question, changed, form) {
    this.root = root;
    this.question = question;
    this.changed = changed;
    this.form = form;
    this.board = new Board(form);
    this.svg = this.board.svg;
    this.label = question.labels[0]?.id;
    this.panel = new Panel(root, question, {
      label: (id) => this.name(id),
      select: (number) => this.select(number),
      remove: (number) => this.remove(number),
    });
    this.fresh = button("button button-small", () => this.create(), form.create, " ", hint("new", "B"));
    this.none = button("button button-small", () => this.nothing(), gettext("Nothing to mark"), " ", hint("toggle", gettext("Space")));
    this.panel.tools.append(this.fresh, this.none);
  }

  /** @param {Mark[]} marks @param {boolean} again the task was shown before: what was selected stays so */
  fill(marks, again) {
    this.marks = marks;
    this.selected = again ? Math.min(this.selected, marks.length - 1) : -1;
  }

  /** The label of the selected mark, and of the next ones. @param {string} id */
  name(id) {
    this.label = id;
    const mark = this.marks[this.selected];
    if (mark && mark.label !== id && this.change({ ...mark, label: id })) this.commit();
    else this.paint();
  }

  /** A new mark, where the crosshair is. */
  create() {
    const { stage, form } = this;
    if (!stage?.width || !form.span) return;
    const [x, y] = this.cross;
    const [w, h] = [stage.width / 12, stage.height / 12];
    this.add(form.span(this.inside([x - w, y - h]), this.inside([x + w, y + h])));
  }

  /** @param {Mark} mark */
  add(mark) {
    this.marks = [...this.marks, this.label === undefined ? mark : { ...mark, label: this.label }];
    this.selected = this.marks.length - 1;
    this.held = -1;
    this.commit();
  }

  /** Puts this in the place of the selected mark, if it fits on the picture. @param {Mark} mark */
  change(mark) {
    if (!this.fits(mark)) return false;
    this.marks = this.marks.with(this.selected, mark);
    this.board.one(this.selected, this.drawn(mark, this.selected));
    this.grips();
    return true;
  }

  /** @param {number} number */
  remove(number) {
    if (!this.marks[number]) return false;
    this.marks = this.marks.filter((_, each) => each !== number);
    if (number < this.selected || this.selected === this.marks.length) this.selected -= 1;
    this.held = -1;
    this.commit(gettext("Removed."));
    return true;
  }

  /** That there is nothing is an answer too. */
  nothing() {
    if (this.marks.length || this.question.fewest) return false;
    this.answered = !this.answered;
    this.paint();
    this.changed();
    return true;
  }

  /** @param {number} number */
  select(number) {
    this.selected = number;
    this.held = -1;
    const mark = this.marks[number];
    if (mark) {
      const [left, top, right, bottom] = bounds(this.form.outline(mark));
      this.stage?.reveal([(left + right) / 2, (top + bottom) / 2]);
      this.panel.tell(`${number + 1}: ${this.words(mark)}, ${this.form.where(mark)}`);
    }
    this.paint();
  }

  /** One thing less to be in: a held point, then the selection. */
  leave() {
    if (this.held >= 0) this.held = -1;
    else if (this.selected >= 0) this.selected = -1;
    else return false;
    this.paint();
    return true;
  }

  /** @param {string} [words] */
  commit(words) {
    this.answered = true;
    const mark = this.marks[this.selected];
    this.paint();
    this.panel.tell(words ?? (mark ? `${this.words(mark)}: ${this.form.where(mark)}` : ""));
    this.changed();
  }

  /** @param {Place} place @returns {Place} */
  inside([x, y]) {
    const { width = 0, height = 0 } = this.stage ?? {};
    return [tenth(within(x, 0, width)), tenth(within(y, 0, height))];
  }

  /** @param {Mark} mark */
  fits(mark) {
    const [left, top, right, bottom] = bounds(this.form.outline(mark));
    const { width = 0, height = 0 } = this.stage ?? {};
    return Math.min(left, top, width - right, height - bottom) >= -0.5;
  }

  /** Moved as far as the picture goes. @param {Mark} mark @param {number} x @param {number} y */
  moved(mark, x, y) {
    const [left, top, right, bottom] = bounds(this.form.outline(mark));
    const { width = 0, height = 0 } = this.stage ?? {};
    return this.form.move(mark, within(x, Math.min(-left, 0), Math.max(width - right, 0)), within(y, Math.min(-top, 0), Math.max(height - bottom, 0)));
  }

  sized() {
    const { width = 0, height = 0 } = this.stage ?? {};
    this.board.sized(width, height);
    this.cross = [tenth(width / 2), tenth(height / 2)];
    this.paint();
  }

  /** Moves the crosshair. @param {number} x @param {number} y */
  point(x, y) {
    this.cross = this.inside([this.cross[0] + x, this.cross[1] + y]);
    this.aim();
  }

  /** @returns {Place | undefined} */
  focus() {
    if (!this.byKeys) return undefined;
    const mark = this.draft ? undefined : this.marks[this.selected];
    if (!mark) return this.cross;
    const [left, top, right, bottom] = bounds(this.form.outline(mark));
    return [(left + right) / 2, (top + bottom) / 2];
  }

  // --- painting ---

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
    this.none.hidden = Boolean(this.marks.length || this.draft || this.question.fewest);
    this.none.ariaPressed = String(this.answered);
    if (!this.draft) this.board.draft(null);
    this.hint();
  }

  /** What belongs to the selected mark, and the words on what to do. */
  hint() {
    this.grips();
    this.aim();
    say(this.panel.hint, this.says());
  }

  says() {
    return "";
  }

  grips() {
    const mark = this.on ? this.marks[this.selected] : undefined;
    const places = mark ? this.form.handles(mark, this.stage?.scale ?? 1) : [];
    this.board.handles(places, mark ? (this.form.points?.(mark) ?? places.length) : 0, this.held);
  }

  aim() {
    const aims = this.on && this.byKeys && (this.draft || this.selected < 0);
    this.board.cross(aims ? this.cross : null, this.stage?.width ?? 0, this.stage?.height ?? 0);
  }
}
