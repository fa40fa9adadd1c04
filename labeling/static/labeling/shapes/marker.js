// Marks on a picture by keys, pointer and fingers: what all kinds of marks have in common.

import { stageOf, within } from "../fields/image/stage.js";
import { say } from "../screen.js";
import { gettext, number as written, percent } from "../words.js";
import { Board, tone } from "./board.js";
import { BY_NUMBER, button, hint, keyOf, Panel } from "./panel.js";
import { bounds, nearest, tenth } from "./plane.js";

const ARROWS = /** @type {Record<string, Place>} */ ({ left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] });
const FINE = 12;
const FINGER = 22;
const STILL = 4;
const FASTEST = 40;
const SMALLEST = 3;
// So many that their names would hide the picture: the key of the label must do.
const CROWD = 40;

/** @typedef {{kind: "new" | "move" | "pull", from: Place, before: Mark | null, handle: number, moved: boolean}} Gesture */

export class Marker {
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
  /** @type {Gesture | null} */
  gesture = null;
  #moving = false;
  #steps = 0;
  /** @type {unknown} */
  #task;
  /** What others marked, beside the picture. @type {HTMLElement | undefined} */
  others;
  /** @type {Map<string, number>} */
  #scores = new Map();

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
    document.addEventListener("keyup", () => this.settle());
    addEventListener("blur", () => this.settle());
  }

  // --- what the page asks ---

  /** @param {View} view */
  show(view) {
    const again = view.payload === this.#task;
    this.#task = view.payload;
    this.#moving = false;
    this.gesture = this.draft = null;
    this.held = -1;
    this.answered = Array.isArray(view.value);
    this.marks = this.answered ? view.value : [];
    this.selected = again ? Math.min(this.selected, this.marks.length - 1) : -1;
    const { value, scores } = view.preLabel ?? {};
    this.#scores = new Map((scores ?? []).map((score, number) => [JSON.stringify(value[number]), score]));
    if (!again) {
      this.byKeys = false;
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
    if (this.answered && count < fewest) return gettext("needs at least {n} marks, there are {count}.", { n: written(fewest), count });
    if (count > most) return gettext("may have at most {n} marks, there are {count}.", { n: written(most), count });
    return "";
  }

  /** @param {boolean} on */
  active(on) {
    this.on = on;
    if (this.stage) this.hint();
  }

  /** @param {Press} press */
  act({ action, digit, shift, repeat }) {
    const way = ARROWS[action];
    if (!way) this.settle();
    if (!this.stage?.width) return false;
    this.byKeys = true;
    if (way) this.arrow(way, shift, repeat);
    else if (repeat && !action.startsWith("turn")) return false;
    else return this.key(action, digit);
    return true;
  }

  // --- keys ---

  /** @param {string} action @param {string} digit */
  key(action, digit) {
    const label = action === "digit" && this.question.labels[(Number(digit) + 9) % 10];
    if (label) this.name(label.id);
    else if (action === "new") this.create();
    else if (action === "next") return this.step(1);
    else if (action === "previous") return this.step(-1);
    else if (action === "remove") return this.remove(this.selected);
    else if (action === "turn") return this.turn(1);
    else if (action === "turn-back") return this.turn(-1);
    else if (action === "toggle") return this.nothing();
    else if (action === "cancel") return this.leave();
    else return false;
    return true;
  }

  /** One pixel of the picture or of the screen, whichever is more; faster while the key is held.
   * @param {Place} way @param {boolean} shift @param {boolean} repeat */
  arrow([x, y], shift, repeat) {
    this.#steps = repeat ? this.#steps + 1 : 0;
    const { scale = 1 } = this.stage ?? {};
    const far = Math.max(1, 1 / scale) * Math.min(1 + this.#steps ** 2 / 20, FASTEST);
    this.go(tenth(x * far), tenth(y * far), shift);
  }

  /** @param {number} x @param {number} y @param {boolean} shift */
  go(x, y, shift) {
    const mark = this.marks[this.selected];
    const { form } = this;
    if (!mark) this.look(x * (shift ? 10 : 1), y * (shift ? 10 : 1));
    else if (shift && form.size) this.begun(form.size(mark, x, y));
    else this.begun(this.moved(mark, shift ? x * 10 : x, shift ? y * 10 : y));
  }

  /** Moves the crosshair. @param {number} x @param {number} y */
  look(x, y) {
    this.cross = this.inside([this.cross[0] + x, this.cross[1] + y]);
    this.aim();
    this.stage?.reveal(this.cross);
    this.panel.tell(this.cross.map((each) => written(each)).join(", "));
  }

  /** A step of a move that ends when the key is let go. @param {Mark} mark */
  begun(mark) {
    if (!this.change(mark)) return;
    this.#moving = true;
    const [left, top, right, bottom] = bounds(this.form.outline(mark));
    this.stage?.reveal(this.held < 0 ? [(left + right) / 2, (top + bottom) / 2] : this.form.handles(mark, this.stage.scale)[this.held]);
  }

  /** The move is over: one change, to be undone as one. */
  settle() {
    if (!this.#moving) return;
    this.#moving = false;
    this.commit();
  }

  /** @param {1 | -1} by */
  turn(by) {
    const mark = this.marks[this.selected];
    if (!mark || !this.form.turn) return false;
    this.begun(this.form.turn(mark, by));
    return true;
  }

  /** @param {1 | -1} by */
  step(by) {
    const { length } = this.marks;
    if (!length) return false;
    this.select(this.selected < 0 ? (by > 0 ? 0 : length - 1) : (this.selected + by + length) % length);
    return true;
  }

  // --- what is done to marks ---

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

  // --- pointer and fingers ---

  /** @param {Place} at @param {PointerEvent} event */
  press(at, event) {
    this.settle();
    // The question whose marks are touched is the one that hears keys.
    if (!this.on) this.root.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    this.byKeys = false;
    const mark = this.marks[this.selected] ?? null;
    const slack = this.slack(event);
    const handle = mark ? nearest(this.form.handles(mark, this.stage?.scale ?? 1), at, slack) : -1;
    const onIt = mark && this.form.hit(mark, at, slack / 2) < Infinity;
    this.gesture = { kind: handle >= 0 ? "pull" : onIt ? "move" : "new", from: at, before: mark, handle, moved: false };
  }

  /** @param {Place} at @param {PointerEvent} event */
  drag(at, event) {
    const { gesture, form } = this;
    if (!gesture) return;
    const { from, before, handle } = gesture;
    const still = (event.pointerType === "mouse" ? STILL : STILL * 2) / (this.stage?.scale ?? 1);
    if (!gesture.moved && Math.hypot(at[0] - from[0], at[1] - from[1]) < still) return;
    gesture.moved = true;
    if (gesture.kind === "new" && form.span) {
      this.draft = form.span(this.inside(from), this.inside(at));
      this.board.draft(this.drawn({ ...this.draft, label: this.label }, -1));
    } else if (before && gesture.kind === "move") this.change(this.moved(before, at[0] - from[0], at[1] - from[1]));
    else if (before && gesture.kind === "pull") this.change(form.pull(before, handle, this.inside(at)));
  }

  /** @param {Place} at @param {PointerEvent} event */
  release(at, event) {
    const { gesture } = this;
    this.gesture = null;
    if (!gesture) return;
    if (!gesture.moved) return this.click(at, event, gesture);
    if (gesture.kind !== "new") return this.commit();
    const { draft } = this;
    this.draft = null;
    this.board.draft(null);
    if (!draft) return;
    const [left, top, right, bottom] = bounds(this.form.outline(draft));
    if (Math.min(right - left, bottom - top) * (this.stage?.scale ?? 1) >= SMALLEST) this.add(draft);
  }

  /** Without a drag: a click takes hold of a handle, the next one puts it down.
   * @param {Place} at @param {PointerEvent} event @param {Gesture} gesture */
  click(at, event, { kind, handle }) {
    const mark = this.marks[this.selected];
    if (mark && this.held >= 0 && kind !== "pull") {
      const done = this.change(this.form.pull(mark, this.held, this.inside(at)));
      this.held = -1;
      return done ? this.commit() : this.paint();
    }
    if (kind !== "pull") return this.select(this.under(at, this.slack(event)));
    this.held = this.held === handle ? -1 : handle;
    this.paint();
  }

  drop() {
    const { gesture } = this;
    this.gesture = null;
    if (gesture?.moved && gesture.before) this.change(gesture.before);
    if (gesture?.kind === "new" && this.form.span) this.draft = null;
    this.paint();
  }

  /** The mark under a place: of several, the smallest. @param {Place} at @param {number} slack */
  under(at, slack) {
    const hits = this.marks.map((mark) => this.form.hit(mark, at, slack / 2));
    const best = Math.min(...hits);
    return best < Infinity ? hits.lastIndexOf(best) : -1;
  }

  // --- where things are ---

  /** @param {PointerEvent} event */
  slack(event) {
    return (event.pointerType === "touch" ? FINGER : FINE) / (this.stage?.scale ?? 1);
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
    const score = this.#scores.size ? this.#scores.get(JSON.stringify(mark)) : undefined;
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
