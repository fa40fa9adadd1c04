// What is done to the marks of one question, whoever does it; and how what is in hand is painted.

import { within } from "../fields/image/stage.js";
import { say } from "../screen.js";
import { gettext } from "../words.js";
import { Drawing } from "./drawing.js";
import { bounds, tenth } from "./plane.js";

/** @typedef {import("./marked.js").Marked} Marked */

export class Marking {
  /** The point of the selected mark that is held, by keys or after a click on it. */
  held = -1;
  /** @type {Mark | null} drawn, not yet one of the marks */
  draft = null;
  byKeys = false;
  /** @type {Place} */
  cross = [0, 0];

  /** @param {Marked} marked @param {Handling} handling */
  constructor(marked, handling) {
    this.marked = marked;
    this.form = { ...marked.form, ...handling };
    this.drawing = new Drawing(marked.board);
    this.sized();
  }

  get stage() {
    return this.marked.stage;
  }

  get scale() {
    return this.stage?.scale ?? 1;
  }

  /** Width and height of the picture; nothing before they are known. */
  get #size() {
    return [this.stage?.width ?? 0, this.stage?.height ?? 0];
  }

  get mark() {
    const { marks, selected } = this.marked;
    return marks[selected];
  }

  sized() {
    const [width, height] = this.#size;
    this.cross = [tenth(width / 2), tenth(height / 2)];
  }

  /** The label of the selected mark, and of the next ones. @param {string} id */
  name(id) {
    const { mark } = this;
    this.marked.label = id;
    if (mark && mark.label !== id && this.change({ ...mark, label: id })) this.commit();
    else this.marked.paint();
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
    const { marked } = this;
    marked.marks = [...marked.marks, marked.label === undefined ? mark : { ...mark, label: marked.label }];
    marked.selected = marked.marks.length - 1;
    this.held = -1;
    this.commit();
  }

  /** Puts this in the place of the selected mark, if it fits on the picture. @param {Mark} mark */
  change(mark) {
    if (!this.fits(mark)) return false;
    const { marked } = this;
    marked.marks = marked.marks.with(marked.selected, mark);
    marked.board.one(marked.selected, marked.drawn(mark, marked.selected));
    this.grips();
    return true;
  }

  /** @param {number} number */
  remove(number) {
    const { marked } = this;
    if (!marked.marks[number]) return false;
    marked.marks = marked.marks.filter((_, each) => each !== number);
    if (number < marked.selected || marked.selected === marked.marks.length) marked.selected -= 1;
    this.held = -1;
    this.commit(gettext("Removed."));
    return true;
  }

  /** That there is nothing is an answer too. */
  nothing() {
    const { marked } = this;
    if (marked.marks.length || marked.question.fewest) return false;
    marked.answered = !marked.answered;
    marked.paint();
    marked.changed();
    return true;
  }

  /** @param {number} number */
  select(number) {
    const { marked } = this;
    marked.selected = number;
    this.held = -1;
    const { mark } = this;
    if (mark) {
      this.stage?.reveal(this.middle(mark));
      marked.panel.tell(`${number + 1}: ${marked.words(mark)}, ${this.form.where(mark)}`);
    }
    marked.paint();
  }

  /** One thing less to be in: a held point, then the selection. */
  leave() {
    if (this.held >= 0) this.held = -1;
    else if (this.mark) this.marked.selected = -1;
    else return false;
    this.marked.paint();
    return true;
  }

  /** @param {string} [words] */
  commit(words) {
    const { marked, mark } = this;
    marked.answered = true;
    marked.paint();
    marked.panel.tell(words ?? (mark ? `${marked.words(mark)}: ${this.form.where(mark)}` : ""));
    marked.changed();
  }

  /** @param {Place} place @returns {Place} */
  inside([x, y]) {
    const [width, height] = this.#size;
    return [tenth(within(x, 0, width)), tenth(within(y, 0, height))];
  }

  /** @param {Mark} mark @returns {Place} */
  middle(mark) {
    const [left, top, right, bottom] = bounds(this.form.outline(mark));
    return [(left + right) / 2, (top + bottom) / 2];
  }

  /** @param {Mark} mark */
  fits(mark) {
    const [left, top, right, bottom] = bounds(this.form.outline(mark));
    const [width, height] = this.#size;
    return Math.min(left, top, width - right, height - bottom) >= -0.5;
  }

  /** Moved as far as the picture goes. @param {Mark} mark @param {number} x @param {number} y */
  moved(mark, x, y) {
    const [left, top, right, bottom] = bounds(this.form.outline(mark));
    const [width, height] = this.#size;
    return this.form.move(mark, within(x, Math.min(-left, 0), Math.max(width - right, 0)), within(y, Math.min(-top, 0), Math.max(height - bottom, 0)));
  }

  /** Moves the crosshair. @param {number} x @param {number} y */
  point(x, y) {
    this.cross = this.inside([this.cross[0] + x, this.cross[1] + y]);
    this.aim();
  }

  /** Where zooming by keys should stay. @returns {Place | undefined} */
  focus() {
    if (!this.byKeys) return undefined;
    return this.draft || !this.mark ? this.cross : this.middle(this.mark);
  }

  problem() {
    return "";
  }

  // --- painting ---

  paint() {
    if (!this.draft) this.drawing.draft(null);
    this.hint();
  }

  /** What belongs to the selected mark, and the words on what to do. */
  hint() {
    this.grips();
    this.aim();
    say(this.marked.panel.hint, this.says());
  }

  says() {
    return "";
  }

  grips() {
    const mark = this.marked.on ? this.mark : undefined;
    const places = mark ? this.form.handles(mark, this.scale) : [];
    this.drawing.handles(places, mark ? (this.form.points?.(mark) ?? places.length) : 0, this.held);
  }

  aim() {
    const aims = this.marked.on && this.byKeys && (this.draft || !this.mark);
    const [width, height] = this.#size;
    this.drawing.cross(aims ? this.cross : null, width, height);
  }
}
