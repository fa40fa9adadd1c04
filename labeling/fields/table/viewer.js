// Type `table`: rows under named columns; the first hundreds at once, the others when they are asked for.

import { ngettext } from "../../plural.js";
import { make } from "../../screen.js";
import { gettext, number } from "../../words.js";

const AT_ONCE = 200;

/** @param {Field} _field @param {any} value @param {string} name */
export function build(_field, value, name) {
  const columns = Array.isArray(value) ? [...new Set(value.flatMap((row) => Object.keys(row)))] : value.columns;
  /** @type {unknown[][]} */
  const rows = Array.isArray(value) ? value.map((row) => columns.map((/** @type {string} */ column) => row[column])) : value.rows;
  const head = make("tr", "", ...columns.map((/** @type {string} */ column) => Object.assign(make("th", "", column), { scope: "col" })));
  const body = make("tbody");
  const table = make("table", "table table-dense", make("caption", "visually-hidden", name), make("thead", "", head), body);
  const wrap = make("div", "table-wrap item-table", table);
  const more = make("button", "button button-small");
  more.type = "button";
  let shown = 0;
  const show = () => {
    body.append(...rows.slice(shown, shown + AT_ONCE).map((row) => make("tr", "", ...row.map(cell))));
    shown += AT_ONCE;
    more.hidden = shown >= rows.length;
    more.textContent = ngettext("Show one more row", "Show more: {n} rows are left", rows.length - shown);
  };
  more.addEventListener("click", show);
  show();
  return make("div", "stack stack-tight", wrap, more);
}

/** @param {unknown} value */
function cell(value) {
  if (typeof value === "number") return make("td", "num", Number.isInteger(value) ? String(value) : number(value));
  if (value === true) return make("td", "", gettext("Yes"));
  if (value === false) return make("td", "", gettext("No"));
  const element = make("td", "", value === null || value === undefined ? "–" : String(value));
  element.dir = "auto";
  return element;
}
