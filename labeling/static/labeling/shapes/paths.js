// Marks that are set point by point: drawing them, and moving, adding and taking away points.

import { gettext } from "../words.js";
import { Hands } from "./hands.js";
import { button, hint } from "./panel.js";
import { apart } from "./plane.js";

/** What keys do while a mark is drawn, and while one of its points is held. */
export const pathKeys = /** @type {[string, string][]} */ ([
  ["left up right down", gettext("Move the crosshair, the mark or the held point; with Shift by ten")],
  ["point", gettext("Set a point at the crosshair; add one after the held point")],
  ["submit", gettext("Finish what is being drawn")],
  ["edit", gettext("Hold a point of the mark; next and previous then go through its points")],
  ["next previous", gettext("Next, previous mark")],
  ["1 … 9 0", gettext("Its label")],
  ["remove cancel", gettext("Remove the mark or point; let go of it")],
  ["toggle", gettext("Nothing to mark")],
]);

export class PathHands extends Hands {
  /** @param {import("./marked.js").Marked} marked @param {Handling & {path: PathForm}} handling */
  constructor(marked, handling) {
    super(marked, handling);
    this.path = handling.path;
    this.done = button("button button-small button-primary", () => this.finish(), gettext("Finish"), " ", hint("submit", "Enter"));
    this.back = button("button button-small", () => this.undraw(), gettext("Last point away"), " ", hint("remove", "⌫"));
    this.hold = button("button button-small", () => this.key("edit", ""), gettext("Points"), " ", hint("edit", "E"));
    this.more = button("button button-small", () => this.key("point", ""), gettext("Add a point"), " ", hint("point", "."));
    this.cut = button("button button-small", () => this.key("remove", ""), gettext("Remove the point"), " ", hint("remove", "⌫"));
    this.cover = button("button button-small", () => this.key("toggle", ""), gettext("Hidden"), " ", hint("toggle", gettext("Space")));
    this.marked.panel.tools.append(this.done, this.back, this.hold, this.more, this.cut, this.cover);
  }

  /** How many points the selected mark has. */
  get #count() {
    return this.mark ? (this.form.points?.(this.mark) ?? this.form.handles(this.mark, 1).length) : 0;
  }

  create() {
    if (!this.stage?.width) return;
    this.marked.selected = this.held = -1;
    this.#draw({ ...this.path.begin(), label: this.marked.label });
  }

  /** @param {Mark | null} draft */
  #draw(draft) {
    this.draft = draft;
    this.marked.paint();
    if (draft) this.marked.panel.tell(this.path.next(draft));
  }

  /** @param {Place} at */
  set(at) {
    if (!this.draft) this.create();
    if (!this.draft) return;
    const first = this.form.outline(this.draft)[0];
    const near = first && this.path.closes && apart(first, at) * this.scale < 10;
    if (near && this.path.isEnough(this.draft)) return this.finish();
    this.draft = this.path.add(this.draft, this.inside(at));
    if (this.path.isComplete(this.draft)) this.finish();
    else this.#draw(this.draft);
  }

  finish() {
    const { draft } = this;
    if (!draft) return;
    if (!this.path.isEnough(draft)) return this.marked.panel.tell(this.path.next(draft));
    this.draft = null;
    this.add(this.path.done(draft));
  }

  /** Without the last point, or not drawn at all. */
  undraw() {
    if (!this.draft) return;
    this.#draw(this.form.outline(this.draft).length ? this.path.back(this.draft) : null);
  }

  /** @param {string} action @param {string} digit */
  key(action, digit) {
    if (this.draft) return this.#drawing(action, digit);
    if (this.held >= 0 && this.mark) return this.#holding(action, this.mark) || super.key(action, digit);
    if (action === "edit" && this.mark) this.#grip(0);
    else if (action === "point" && !this.mark) this.set(this.cross);
    else if (action === "point" && this.mark) this.#insert(this.mark, this.#count - 1);
    else return super.key(action, digit);
    return true;
  }

  /** @param {string} action @param {string} digit */
  #drawing(action, digit) {
    const { path, draft } = this;
    const label = action === "digit" && this.marked.question.labels[(Number(digit) + 9) % 10];
    if (label) this.#draw({ .../** @type {Mark} */ (draft), label: this.marked.label = label.id });
    else if (action === "point") this.set(this.cross);
    else if (action === "submit") this.finish();
    else if (action === "remove" || action === "undo") this.undraw();
    else if (action === "cancel") this.#draw(null);
    else if (action === "next" && path.leave && draft) {
      this.draft = path.leave(draft);
      if (path.isComplete(this.draft)) this.finish();
      else this.#draw(this.draft);
    } else return ["new", "next", "previous", "edit", "toggle"].includes(action);
    return true;
  }

  /** @param {string} action @param {Mark} mark */
  #holding(action, mark) {
    const { path, held } = this;
    const count = this.#count;
    if (action === "next") this.#grip((held + 1) % count);
    else if (action === "previous") this.#grip((held + count - 1) % count);
    else if (action === "point") this.#insert(mark, held);
    else if (action === "remove") {
      const less = path.drop(mark, held);
      if (!less) return this.remove(this.marked.selected);
      this.held = Math.min(held, count - 2);
      if (this.change(less)) this.commit(gettext("Point removed."));
    } else if (action === "toggle" && path.hide) {
      if (this.change(path.hide(mark, held))) this.commit();
    } else if (action === "edit") return this.leave();
    else return false;
    return true;
  }

  /** @param {number} point */
  #grip(point) {
    this.held = point;
    this.stage?.reveal(this.form.handles(/** @type {Mark} */ (this.mark), this.scale)[point]);
    this.marked.paint();
    this.marked.panel.tell(this.says());
  }

  /** @param {Mark} mark @param {number} after */
  #insert(mark, after) {
    const [more, point] = this.path.insert(mark, Math.max(after, 0), this.cross);
    if (more === mark || !this.change(more)) return;
    this.held = point;
    this.commit();
  }

  /** @param {number} x @param {number} y @param {boolean} shift */
  go(x, y, shift) {
    const by = shift ? 10 : 1;
    if (this.draft) {
      this.look(x * by, y * by);
      this.#preview(this.cross);
    } else if (this.held >= 0 && this.mark) {
      const [px, py] = this.form.handles(this.mark, 1)[this.held];
      this.begun(this.form.pull(this.mark, this.held, this.inside([px + x * by, py + y * by])));
    } else super.go(x, y, shift);
  }

  /** As if the next point were there. @param {Place} at */
  #preview(at) {
    if (this.draft) this.drawing.draft(this.marked.drawn(this.path.add(this.draft, this.inside(at)), -1));
  }

  /** @param {Place} at */
  hover(at) {
    if (this.draft && !this.byKeys) this.#preview(at);
  }

  /** @param {Place} at @param {PointerEvent} event */
  drag(at, event) {
    if (this.draft) this.#preview(at);
    else super.drag(at, event);
  }

  /** @param {Place} at @param {PointerEvent} event */
  release(at, event) {
    const { gesture } = this;
    if (!this.draft) return super.release(at, event);
    this.gesture = null;
    if (gesture) this.set(at);
  }

  /** @param {Place} at @param {PointerEvent} event @param {Gesture} gesture */
  click(at, event, gesture) {
    const starts = gesture.kind === "new" && !this.mark && this.under(at, this.slack(event)) < 0;
    if (starts) this.set(at);
    else if (gesture.kind === "pull" && this.mark && gesture.handle >= this.#count) {
      this.held = -1;
      if (this.change(this.form.pull(this.mark, gesture.handle, this.inside(at)))) this.commit();
    } else super.click(at, event, gesture);
  }

  problem() {
    return this.draft ? gettext("is not finished: press Enter, or Escape to give it up.") : "";
  }

  says() {
    if (this.draft) return this.path.next(this.draft);
    if (!this.mark || this.held < 0) return "";
    const name = this.path.name?.(this.mark, this.held) ?? gettext("Point {n} of {count}", { n: this.held + 1, count: this.#count });
    return gettext("{name}: arrows move it, Escape lets go of it.", { name });
  }

  hint() {
    super.hint();
    const draws = Boolean(this.draft);
    const holds = Boolean(this.mark) && this.held >= 0;
    this.marked.fresh.hidden = draws || holds;
    this.done.hidden = this.back.hidden = !draws;
    this.hold.hidden = draws || !this.mark;
    this.hold.ariaPressed = String(holds);
    this.more.hidden = this.cut.hidden = !holds;
    this.cover.hidden = !holds || !this.path.hide;
    if (this.draft) this.#preview(this.byKeys ? this.cross : (this.form.outline(this.draft).at(-1) ?? this.cross));
  }
}
