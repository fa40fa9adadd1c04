// A picture that can be zoomed and moved, by keys, wheel, pointer and fingers; tools may mark on it.
// Places are pixels of the original, EXIF orientation applied, as the browser shows it.

import { surely } from "../../parts.js";
import { make } from "../../screen.js";
import { gettext } from "../../words.js";
import { barFor } from "./bar.js";

const SMALL = 96;
const CLOSEST = 40;
// A picture is not enlarged beyond this by itself; one of a few pixels is.
const FITTED = 2;
const STEP = 40;
const KEPT = 48;
const ARROWS = /** @type {Record<string, number[]>} */ ({
  ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
});

/** @type {WeakMap<Element, Stage>} */
const stages = new WeakMap();
/** How large the frame of a field was when it was last seen: the next one is fitted to that ahead.
 * @type {Map<string, {wide: number, high: number}>} */
const rooms = new Map();

/** The stage of a field on the page. @param {Element | null} element */
export const stageOf = (element) => (element ? stages.get(element) : undefined);

/** @param {number} value @param {number} least @param {number} most */
export const within = (value, least, most) => Math.min(Math.max(value, least), most);

export class Stage {
  width = 0;
  height = 0;
  scale = 1;
  x = 0;
  y = 0;
  fitted = true;
  /** Moves the picture instead of marking on it. */
  hand = false;
  #seen = false;
  /** The frame, in pixels of the screen; before it is seen, that of the picture before. */
  #room = { wide: 0, high: 0 };
  /** @type {Tool[]} */
  tools = [];
  /** @type {ReturnType<typeof barFor> | undefined} */
  bar;
  /** It is on the page now. */
  onshown = () => {};

  /** @param {string} field @param {string} address @param {string} name */
  constructor(field, address, name) {
    this.field = field;
    this.picture = make("img", "viewer-picture");
    Object.assign(this.picture, { alt: name, decoding: "sync", draggable: false });
    this.sheet = make("div", "viewer-sheet", this.picture);
    this.frame = make("div", "viewer-frame", this.sheet);
    Object.assign(this.frame, { tabIndex: 0, role: "group", ariaLabel: gettext("Picture: + and − zoom it") });
    this.element = make("figure", "viewer", this.frame);
    stages.set(this.element, this);
    this.picture.onload = () => this.#loaded();
    this.picture.onerror = () => void import("./sorry.js").then((part) => part.sorry(this));
    this.show(address);
    // Its first call says that the picture is on the page now.
    new ResizeObserver(() => this.#resized()).observe(this.frame);
    this.element.addEventListener("press", (event) => this.#pressed(/** @type {CustomEvent<Press>} */ (event)));
    this.frame.addEventListener("keydown", (event) => this.#moved(event));
  }

  /** Another picture in this place. @param {string} address */
  show(address) {
    this.frame.querySelector(".viewer-sorry")?.remove();
    this.picture.hidden = false;
    this.picture.src = address;
  }

  #loaded() {
    this.width = this.picture.naturalWidth;
    this.height = this.picture.naturalHeight;
    if (!this.#seen) this.#room = rooms.get(this.field) ?? this.#room;
    this.frame.classList.toggle("is-small", this.width <= SMALL);
    for (const tool of this.tools) tool.sized();
    this.fit();
  }

  #resized() {
    const { clientWidth: wide, clientHeight: high } = this.frame;
    if (!wide) return;
    const { wide: wideBefore, high: highBefore } = this.#room;
    rooms.set(this.field, (this.#room = { wide, high }));
    this.bar ??= barFor(this.field, this);
    if (!this.#seen) this.#shown();
    if (!this.fitted) this.#place();
    else if (wide !== wideBefore || high !== highBefore) this.fit();
  }

  #shown() {
    this.#seen = true;
    this.onshown();
    void surely(() => import("./gestures.js")).then((part) => part.follow(this));
  }

  /** @param {Tool} tool */
  attach(tool) {
    if (!this.tools.includes(tool)) this.tools.push(tool);
    // Before the page is laid out: the bar takes its place from the picture.
    this.bar ??= barFor(this.field, this);
    this.sheet.append(tool.svg);
    this.frame.classList.add("has-tool");
    if (this.width) tool.sized();
  }

  /** The tool that hears pointers. */
  get tool() {
    return this.hand ? undefined : (this.tools.find((tool) => tool.on) ?? this.tools[0]);
  }

  /** The scale at which the whole picture is seen. */
  get #whole() {
    const { wide, high } = this.#room;
    const most = this.width <= SMALL ? CLOSEST : FITTED;
    return Math.min(wide / this.width, high / this.height, most);
  }

  /** The whole picture, in the middle. */
  fit() {
    const { wide, high } = this.#room;
    if (!this.width || !wide) return;
    this.fitted = true;
    this.scale = this.#whole;
    this.x = (wide - this.width * this.scale) / 2;
    this.y = (high - this.height * this.scale) / 2;
    this.#place(true);
  }

  /** Larger or smaller around a point of the frame. @param {number} by @param {number} [x] @param {number} [y] */
  zoom(by, x = this.#room.wide / 2, y = this.#room.high / 2) {
    if (!this.width) return;
    const whole = this.#whole;
    const scale = within(this.scale * by, Math.min(whole, 1) / 2, Math.max(CLOSEST, whole * 2));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.#place(true);
  }

  /** @param {number} x @param {number} y pixels of the screen */
  pan(x, y) {
    this.x += x;
    this.y += y;
    this.fitted = false;
    this.#place();
  }

  /** Moving is one transform, whatever lies on the picture; only a new scale lays it out again.
   * @param {boolean} [scaled] */
  #place(scaled) {
    const { style } = this.sheet;
    const [wide, high] = [this.width * this.scale, this.height * this.scale];
    this.x = within(this.x, KEPT - wide, this.#room.wide - KEPT);
    this.y = within(this.y, KEPT - high, this.#room.high - KEPT);
    style.transform = `translate(${this.x}px, ${this.y}px)`;
    if (!scaled) return;
    style.width = `${wide}px`;
    style.height = `${high}px`;
    style.setProperty("--scale", String(this.scale));
    this.frame.classList.toggle("is-zoomed", !this.fitted);
    this.bar?.say();
  }

  /** The place under a pointer. @param {{clientX: number, clientY: number}} event @returns {Place} */
  at({ clientX, clientY }) {
    const box = this.sheet.getBoundingClientRect();
    return [(clientX - box.x) / this.scale, (clientY - box.y) / this.scale];
  }

  /** Moves the picture until this place can be seen. @param {Place} place */
  reveal([x, y]) {
    const [left, top] = [this.x + x * this.scale, this.y + y * this.scale];
    const by = [within(left, KEPT, this.#room.wide - KEPT) - left, within(top, KEPT, this.#room.high - KEPT) - top];
    if (!this.fitted && (by[0] || by[1])) this.pan(by[0], by[1]);
  }

  /** The page's keys for larger and smaller mean this picture. @param {CustomEvent<Press>} event */
  #pressed(event) {
    const by = { larger: 1.25, smaller: 0.8 }[event.detail.action];
    if (!by || !this.width) return;
    event.preventDefault();
    const place = this.tool?.hands?.focus();
    if (place) this.zoom(by, this.x + place[0] * this.scale, this.y + place[1] * this.scale);
    else this.zoom(by);
  }

  /** Arrows move a picture that has the focus and on which nothing is marked. @param {KeyboardEvent} event */
  #moved(event) {
    const way = ARROWS[event.key];
    if (!way || this.fitted || this.tools.length || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.pan(way[0] * STEP, way[1] * STEP);
  }
}
