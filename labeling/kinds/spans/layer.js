// What is marked, painted behind a text: the text itself is never touched, so nothing is laid out again.

import { make } from "../../screen.js";
import { startsRtl } from "./places.js";

/**
 * @typedef {object} Bar something to paint; the same object stays the same bar
 * @property {number} start @property {number} end UTF-16 units
 * @property {string} tag @property {string} look
 * @property {number} [level] how many lie over it @property {number} [shift] how many start where it does, before it
 */

/** @param {HTMLElement} stage a text field as it stands on the page @param {() => void} onLayout */
export function attach(stage, onLayout) {
  const body = /** @type {HTMLElement} */ (stage.querySelector(".text-body"));
  const text = body.textContent ?? "";
  const layer = make("div", "span-layer");
  layer.setAttribute("aria-hidden", "true");
  stage.append(layer);
  stage.classList.add("is-spanned");
  /** @type {{node: Text, start: number}[]} */
  const nodes = [];
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let start = 0, node; (node = /** @type {Text | null} */ (walker.nextNode())); start += node.length) nodes.push({ node, start });
  /** @type {Map<Bar, {key: string, elements: HTMLElement[]}>} */
  const painted = new Map();

  // Told before the first paint, too: one way for opening, zooming and turning the phone.
  const watcher = new ResizeObserver(() => {
    painted.clear();
    layer.replaceChildren();
    onLayout();
  });
  watcher.observe(body);

  /** @param {number} unit @returns {[Text, number]} */
  function place(unit) {
    let low = 0;
    for (let high = nodes.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (nodes[middle].start < unit) low = middle;
      else high = middle;
    }
    return [nodes[low].node, unit - nodes[low].start];
  }

  /** @param {{start: number, end: number}} range */
  function rangeOf({ start, end }) {
    const range = document.createRange();
    range.setStart(...place(start));
    range.setEnd(...place(end));
    return range;
  }

  /** @param {{start: number, end: number}} range */
  const boxes = (range) => [...rangeOf(range).getClientRects()].filter(({ width }) => width > 0);

  /** @param {Bar} bar */
  const keyOf = (bar) => `${bar.start} ${bar.end} ${bar.tag} ${bar.look} ${bar.level} ${bar.shift}`;

  /** @param {Bar} bar @param {DOMRect[]} rects @param {DOMRect} base */
  function draw(bar, rects, base) {
    const elements = rects.map((rect) => {
      const element = make("i", `span-bar ${bar.look} ${bar.level ? "is-over" : ""}`);
      const { style } = element;
      style.left = `${rect.left - base.left}px`;
      style.top = `${rect.top - base.top}px`;
      style.width = `${rect.width}px`;
      style.height = `${rect.height}px`;
      style.setProperty("--level", String(bar.level ?? 0));
      style.setProperty("--shift", String(bar.shift ?? 0));
      return element;
    });
    if (bar.tag && elements[0]) {
      elements[0].append(make("b", "span-tag", bar.tag));
      elements[0].classList.toggle("is-rtl", startsRtl(text.slice(bar.start, bar.end)));
    }
    return elements;
  }

  return {
    /** Only what is new or changed is measured, all of it before anything is drawn. @param {Bar[]} bars */
    paint(bars) {
      if (!stage.isConnected) return;
      const wanted = new Set(bars);
      for (const [bar, { key, elements }] of painted) {
        if (wanted.has(bar) && key === keyOf(bar)) continue;
        for (const element of elements) element.remove();
        painted.delete(bar);
      }
      const fresh = bars.filter((bar) => !painted.has(bar));
      if (!fresh.length) return;
      const base = body.getBoundingClientRect();
      const rects = fresh.map(boxes);
      fresh.forEach((bar, at) => {
        const elements = draw(bar, rects[at], base);
        painted.set(bar, { key: keyOf(bar), elements });
        layer.append(...elements);
      });
    },
    /** @param {Bar} bar */
    reveal: (bar) => painted.get(bar)?.elements[0]?.scrollIntoView({ block: "nearest" }),
    /** Where a range stands, one rectangle for each line. @param {{start: number, end: number}} range */
    rectsOf: boxes,
    detach() {
      watcher.disconnect();
      layer.remove();
    },
    body,
  };
}

/** Bars that lie over one another get levels of their own. @param {Bar[]} bars sorted by their start */
export function stack(bars) {
  /** @type {number[]} where each level ends so far */
  const ends = [];
  /** @type {Bar | undefined} */
  let before;
  for (const bar of bars) {
    bar.shift = before?.start === bar.start ? (before.shift ?? 0) + 1 : 0;
    before = bar;
    const free = ends.findIndex((end) => end <= bar.start);
    bar.level = free < 0 ? ends.length : free;
    ends[bar.level] = bar.end;
  }
}
