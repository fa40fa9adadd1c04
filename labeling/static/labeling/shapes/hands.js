// Marks on a picture by keys, pointer and fingers: what all kinds of marks have in common.
// It follows the first paint: keys that come earlier wait for it.

import { gettext, number as written } from "../words.js";
import { Marking } from "./marking.js";
import { bounds, nearest, tenth } from "./plane.js";

const ARROWS = /** @type {Record<string, Place>} */ ({ left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] });
const FINE = 12;
const FINGER = 22;
const STILL = 4;
const FASTEST = 40;
const SMALLEST = 3;

/** @typedef {{kind: "new" | "move" | "pull", from: Place, before: Mark | null, handle: number, moved: boolean}} Gesture */

export class Hands extends Marking {
  /** @type {Gesture | null} */
  gesture = null;
  #moving = false;
  #steps = 0;

  /** @param {import("./marked.js").Marked} marked @param {Handling} handling */
  constructor(marked, handling) {
    super(marked, handling);
    document.addEventListener("keyup", () => this.settle());
    addEventListener("blur", () => this.settle());
  }

  /** Another answer is shown, or another task. @param {boolean} again the same task */
  letGo(again) {
    this.#moving = false;
    this.gesture = this.draft = null;
    this.held = -1;
    if (!again) this.byKeys = false;
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
    const label = action === "digit" && this.marked.question.labels[(Number(digit) + 9) % 10];
    if (label) this.name(label.id);
    else if (action === "new") this.create();
    else if (action === "next") return this.step(1);
    else if (action === "previous") return this.step(-1);
    else if (action === "remove") return this.remove(this.marked.selected);
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
    const far = Math.max(1, 1 / this.scale) * Math.min(1 + this.#steps ** 2 / 20, FASTEST);
    this.go(tenth(x * far), tenth(y * far), shift);
  }

  /** @param {number} x @param {number} y @param {boolean} shift */
  go(x, y, shift) {
    const { mark, form } = this;
    if (!mark) this.look(x * (shift ? 10 : 1), y * (shift ? 10 : 1));
    else if (shift && form.size) this.begun(form.size(mark, x, y));
    else this.begun(this.moved(mark, shift ? x * 10 : x, shift ? y * 10 : y));
  }

  /** Moves the crosshair. @param {number} x @param {number} y */
  look(x, y) {
    this.point(x, y);
    this.stage?.reveal(this.cross);
    this.marked.panel.tell(this.cross.map((each) => written(each)).join(", "));
  }

  /** A step of a move that ends when the key is let go. @param {Mark} mark */
  begun(mark) {
    if (!this.change(mark)) return;
    this.#moving = true;
    this.stage?.reveal(this.held < 0 ? this.middle(mark) : this.form.handles(mark, this.scale)[this.held]);
  }

  /** The move is over: one change, to be undone as one. */
  settle() {
    if (!this.#moving) return;
    this.#moving = false;
    this.commit();
  }

  /** @param {1 | -1} by */
  turn(by) {
    const { mark } = this;
    if (!mark || !this.form.turn) return false;
    this.begun(this.form.turn(mark, by));
    return true;
  }

  /** @param {1 | -1} by */
  step(by) {
    const { marks: { length }, selected } = this.marked;
    if (!length) return false;
    this.select(selected < 0 ? (by > 0 ? 0 : length - 1) : (selected + by + length) % length);
    return true;
  }

  // --- pointer and fingers ---

  /** @param {Place} at @param {PointerEvent} event */
  press(at, event) {
    this.settle();
    // The question whose marks are touched is the one that hears keys.
    if (!this.marked.on) this.marked.root.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    this.byKeys = false;
    const mark = this.mark ?? null;
    const slack = this.slack(event);
    const handle = mark ? nearest(this.form.handles(mark, this.scale), at, slack) : -1;
    const onIt = mark && this.form.hit(mark, at, slack / 2) < Infinity;
    this.gesture = { kind: handle >= 0 ? "pull" : onIt ? "move" : "new", from: at, before: mark, handle, moved: false };
  }

  /** @param {Place} at @param {PointerEvent} event */
  drag(at, event) {
    const { gesture, form } = this;
    if (!gesture) return;
    const { from, before, handle } = gesture;
    const still = (event.pointerType === "mouse" ? STILL : STILL * 2) / this.scale;
    if (!gesture.moved && Math.hypot(at[0] - from[0], at[1] - from[1]) < still) return;
    gesture.moved = true;
    if (gesture.kind === "new" && form.span) {
      this.draft = form.span(this.inside(from), this.inside(at));
      this.drawing.draft(this.marked.drawn({ ...this.draft, label: this.marked.label }, -1));
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
    this.drawing.draft(null);
    if (!draft) return;
    const [left, top, right, bottom] = bounds(this.form.outline(draft));
    if (Math.min(right - left, bottom - top) * this.scale >= SMALLEST) this.add(draft);
  }

  /** Without a drag: a click takes hold of a handle, the next one puts it down.
   * @param {Place} at @param {PointerEvent} event @param {Gesture} gesture */
  click(at, event, { kind, handle }) {
    const { mark } = this;
    if (mark && this.held >= 0 && kind !== "pull") {
      const done = this.change(this.form.pull(mark, this.held, this.inside(at)));
      this.held = -1;
      return done ? this.commit() : this.marked.paint();
    }
    if (kind !== "pull") return this.select(this.under(at, this.slack(event)));
    this.held = this.held === handle ? -1 : handle;
    this.marked.paint();
  }

  drop() {
    const { gesture } = this;
    this.gesture = null;
    if (gesture?.moved && gesture.before) this.change(gesture.before);
    if (gesture?.kind === "new" && this.form.span) this.draft = null;
    this.marked.paint();
  }

  /** The mark under a place: of several, the smallest. @param {Place} at @param {number} slack */
  under(at, slack) {
    const hits = this.marked.marks.map((mark) => this.form.hit(mark, at, slack / 2));
    const best = Math.min(...hits);
    return best < Infinity ? hits.lastIndexOf(best) : -1;
  }

  /** @param {PointerEvent} event */
  slack(event) {
    return (event.pointerType === "touch" ? FINGER : FINE) / this.scale;
  }
}
