// What others marked, for who settles a difference: over the picture, each person in a pattern of
// lines of their own, and beside it to be taken over, one by one or all. Loaded only then.

import { make } from "../screen.js";
import { gettext, ngettext } from "../words.js";
import { draw, tone } from "./board.js";
import { button } from "./panel.js";
import { bounds } from "./plane.js";

const PATTERNS = 5;

/** @typedef {{letter: string, value: any}} Opinion */

/** @param {Marker} marker @param {Opinion[]} opinions */
export function paint(marker, opinions) {
  const box = marker.others ?? make("div", "mark-opinions");
  const lists = opinions.filter(({ value }) => Array.isArray(value));
  marker.panel.list.before(box);
  marker.board.others.replaceChildren(...lists.flatMap(({ letter, value }, person) =>
    value.map((/** @type {Mark} */ mark, /** @type {number} */ at) => overlay(marker, mark, `${letter}${at + 1}`, person)),
  ));
  box.replaceChildren(...lists.map((opinion, person) => said(marker, opinion, person)));
  return box;
}

/** @param {Marker} marker @param {Mark} mark @param {string} name @param {number} person */
function overlay(marker, mark, name, person) {
  const { path, dots = [] } = marker.form.draw(mark);
  const whole = path + dots.map(([x, y]) => `M${x} ${y}h0`).join("");
  const [halo, line] = ["mark-halo", "mark-line"].map((look) => {
    const element = draw("path", look);
    element.setAttribute("d", whole);
    return element;
  });
  // Another corner for each, so that the names of marks that nearly agree do not hide each other.
  const [left, top, right, bottom] = bounds(marker.form.outline(mark));
  const [below, behind] = [person % 2 === 1, person % 4 > 1];
  const text = draw("text", `mark-tag ${below ? "is-low" : ""} ${behind ? "is-behind" : ""}`);
  text.textContent = `${name} ${marker.words(mark)}`;
  text.setAttribute("x", String(behind ? right : left));
  text.setAttribute("y", String(below ? bottom : top));
  return draw("g", `mark other-${(person % PATTERNS) + 1} ${tone(Math.max(marker.place(mark), 0))}`, halo, line, text);
}

/** @param {Marker} marker @param {Opinion} opinion @param {number} person */
function said(marker, { letter, value }, person) {
  const count = value.length;
  const all = ngettext("Take the one of {letter}", "Take all {n} of {letter}", count, { letter });
  const none = gettext("Take from {letter} that there is nothing", { letter });
  const list = make("ul", "mark-list", ...value.map((/** @type {Mark} */ mark, /** @type {number} */ at) => {
    const where = make("span", "mark-where num", marker.form.where(mark));
    const verb = make("span", "visually-hidden", gettext("Take"));
    const one = button("mark-row", () => take(marker, [mark]), make("span", "", verb, make("span", "letter", `${letter}${at + 1}`)), marker.words(mark), where);
    return make("li", "", one);
  }));
  const head = make("summary", "", make("span", "letter", letter), ` ${ngettext("{n} mark", "{n} marks", count)}`, make("span", `mark-pattern other-${(person % PATTERNS) + 1}`));
  const details = make("details", "", head, button("button button-small", () => takeAll(marker, value), count ? all : none), list);
  details.open = true;
  return details;
}

/** @param {Marker} marker @param {Mark[]} marks */
function take(marker, marks) {
  const here = new Set(marker.marks.map((mark) => JSON.stringify(mark)));
  const fresh = marks.filter((mark) => !here.has(JSON.stringify(mark)));
  if (!fresh.length) return marker.panel.tell(gettext("It is taken already."));
  marker.marks = [...marker.marks, ...fresh];
  marker.selected = marker.marks.length - 1;
  marker.commit();
}

/** In place of what is marked so far: undo brings it back. @param {Marker} marker @param {Mark[]} marks */
function takeAll(marker, marks) {
  marker.marks = marks;
  marker.selected = -1;
  marker.commit();
}
