// What others marked, for who settles a difference: over the picture, each person in a pattern of
// lines of their own, and beside it to be taken over, one by one or all. Loaded only then.

import { ngettext } from "../plural.js";
import { make } from "../screen.js";
import { gettext } from "../words.js";
import { draw, tone } from "./board.js";
import { button } from "./panel.js";
import { bounds } from "./plane.js";

const PATTERNS = 5;

/** @typedef {import("./marked.js").Marked} Marked */
/** @typedef {{letter: string, value: any}} Opinion */

/** @param {Marked} marked @param {Opinion[]} opinions */
export function paint(marked, opinions) {
  const box = marked.others ?? make("div", "mark-opinions");
  const lists = opinions.filter(({ value }) => Array.isArray(value));
  marked.panel.list.before(box);
  marked.board.others.replaceChildren(...lists.flatMap(({ letter, value }, person) =>
    value.map((/** @type {Mark} */ mark, /** @type {number} */ at) => overlay(marked, mark, `${letter}${at + 1}`, person)),
  ));
  box.replaceChildren(...lists.map((opinion, person) => said(marked, opinion, person)));
  return box;
}

/** @param {Marked} marked @param {Mark} mark @param {string} name @param {number} person */
function overlay(marked, mark, name, person) {
  const { path, dots = [] } = marked.form.draw(mark);
  const whole = path + dots.map(([x, y]) => `M${x} ${y}h0`).join("");
  const [halo, line] = ["mark-halo", "mark-line"].map((look) => {
    const element = draw("path", look);
    element.setAttribute("d", whole);
    return element;
  });
  // Another corner for each, so that the names of marks that nearly agree do not hide each other.
  const [left, top, right, bottom] = bounds(marked.form.outline(mark));
  const [below, behind] = [person % 2 === 1, person % 4 > 1];
  const text = draw("text", `mark-tag ${below ? "is-low" : ""} ${behind ? "is-behind" : ""}`);
  text.textContent = `${name} ${marked.words(mark)}`;
  text.setAttribute("x", String(behind ? right : left));
  text.setAttribute("y", String(below ? bottom : top));
  return draw("g", `mark other-${(person % PATTERNS) + 1} ${tone(Math.max(marked.place(mark), 0))}`, halo, line, text);
}

/** @param {Marked} marked @param {Opinion} opinion @param {number} person */
function said(marked, { letter, value }, person) {
  const count = value.length;
  const all = ngettext("Take the one of {letter}", "Take all {n} of {letter}", count, { letter });
  const none = gettext("Take from {letter} that there is nothing", { letter });
  const list = make("ul", "mark-list", ...value.map((/** @type {Mark} */ mark, /** @type {number} */ at) => {
    const where = make("span", "mark-where num", marked.form.where(mark));
    const verb = make("span", "visually-hidden", gettext("Take"));
    const one = button("mark-row", () => take(marked, [mark]), make("span", "", verb, make("span", "letter", `${letter}${at + 1}`)), marked.words(mark), where);
    return make("li", "", one);
  }));
  const head = make("summary", "", make("span", "letter", letter), ` ${ngettext("{n} mark", "{n} marks", count)}`, make("span", `mark-pattern other-${(person % PATTERNS) + 1}`));
  const details = make("details", "", head, button("button button-small", () => takeAll(marked, value), count ? all : none), list);
  details.open = true;
  return details;
}

/** @param {Marked} marked @param {Mark[]} marks */
function take(marked, marks) {
  const here = new Set(marked.marks.map((mark) => JSON.stringify(mark)));
  const fresh = marks.filter((mark) => !here.has(JSON.stringify(mark)));
  if (!fresh.length) return marked.panel.tell(gettext("It is taken already."));
  marked.marks = [...marked.marks, ...fresh];
  marked.selected = marked.marks.length - 1;
  marked.do("commit");
}

/** In place of what is marked so far: undo brings it back. @param {Marked} marked @param {Mark[]} marks */
function takeAll(marked, marks) {
  marked.marks = marks;
  marked.selected = -1;
  marked.do("commit");
}
