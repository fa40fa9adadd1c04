// A list in the form: rows that are added, removed and moved; a table where every row has the same few inputs.

import { ngettext } from "../../plural.js";
import { byId, make, say } from "../../screen.js";
import { gettext, number } from "../../words.js";
import { wrongCount } from "./checks.js";
import { button, leaf } from "./leaf.js";
import { at, isLeaf, propertiesOf, titleOf, typeOf } from "./leaves.js";

/** @typedef {{element: HTMLElement, part: Part, up: HTMLButtonElement, down: HTMLButtonElement, remove: HTMLButtonElement}} Row */

/** @param {Spot} spot @param {(spot: Spot) => Part} partOf @returns {Part} */
export function list({ schema, name, required, id, commit }, partOf) {
  const { items } = schema;
  const flat = typeOf(items) === "object" && Object.values(items.properties).every(isLeaf);
  const title = titleOf(schema, name);
  /** @type {Row[]} */
  const rows = [];
  let made = 0;
  /** @type {any} */
  let said;
  const body = flat ? make("tbody") : make("ol", "record-rows");
  const none = make("p", "muted small", gettext("No rows."));
  const add = button("record-add", gettext("Add a row"), () => insert());
  add.setAttribute("aria-label", gettext("Add a row: {name}", { name: title }));
  const problem = make("span", "problem");
  const mark = make("span", "record-mark");
  const reset = button("record-reset", gettext("Reset"), () => {
    show(said);
    commit();
    add.focus();
  });
  reset.setAttribute("aria-label", gettext("Reset {name}", { name: title }));
  add.setAttribute("aria-describedby", (problem.id = `${id}-problem`));

  /** @returns {Row} */
  function makeRow() {
    const spot = { schema: items, name: title, required: true, id: `${id}-${made++}`, commit };
    const up = button("button-quiet", "↑", () => move(row, -1));
    const down = button("button-quiet", "↓", () => move(row, 1));
    const remove = button("button-quiet", "✕", () => take(row));
    const tools = make("div", "record-tools", up, down, remove);
    const part = flat ? cells(spot) : partOf(spot);
    const element = flat ? part.element : make("li", "record-row", part.element);
    element.append(flat ? make("td", "", tools) : tools);
    /** @type {Row} */
    const row = { element, part, up, down, remove };
    element.addEventListener("keydown", (event) => moveByKey(event, row));
    return row;
  }

  /** With Alt, arrows move a row from inside of its inputs. @param {KeyboardEvent} event @param {Row} row */
  function moveByKey(event, row) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || !by) return;
    event.preventDefault();
    move(row, by, /** @type {HTMLElement} */ (event.target));
  }

  function insert() {
    const row = makeRow();
    rows.push(row);
    body.append(row.element);
    row.part.show(undefined);
    commit();
    firstInput(row)?.focus();
  }

  /** @param {Row} row */
  function take(row) {
    const place = rows.indexOf(row);
    rows.splice(place, 1);
    row.element.remove();
    commit();
    say(byId("announce"), gettext("Row {n} removed.", { n: number(place + 1) }));
    (rows[Math.min(place, rows.length - 1)]?.remove ?? add).focus();
  }

  /** @param {Row} row @param {number} by @param {HTMLElement} [focused] */
  function move(row, by, focused = by < 0 ? row.up : row.down) {
    const place = rows.indexOf(row);
    const other = rows[place + by];
    if (!other) return;
    [rows[place], rows[place + by]] = [other, row];
    if (by < 0) other.element.before(row.element);
    else other.element.after(row.element);
    commit();
    say(byId("announce"), gettext("Now row {n} of {all}.", { n: number(place + by + 1), all: number(rows.length) }));
    (focused.matches(":disabled") ? (by < 0 ? row.down : row.up) : focused).focus();
  }

  /** @param {any} value */
  function show(value) {
    const wanted = Array.isArray(value) ? value : [];
    while (rows.length > wanted.length) rows.pop()?.element.remove();
    while (rows.length < wanted.length) {
      const row = makeRow();
      rows.push(row);
      body.append(row.element);
    }
    rows.forEach((row, place) => row.part.show(wanted[place]));
  }

  /** @param {Way} way @param {Beside} beside @returns {Trouble[]} */
  function paint(way, beside) {
    said = at(beside.said, way);
    const differs = beside.said !== undefined && (said?.length ?? 0) !== rows.length;
    say(mark, differs ? ngettext("changed; the model has {n} row", "changed; the model has {n} rows", said?.length ?? 0) : "");
    mark.dataset.mark = differs ? "changed" : "";
    reset.hidden = !differs;
    none.hidden = rows.length > 0;
    add.disabled = rows.length >= (schema.maxItems ?? Infinity);
    const why = rows.length || required ? wrongCount(schema, rows.length) : "";
    say(problem, rows.length || beside.asked ? why : "");
    const own = why && !beside.idle ? [{ box: add, name: title, why, wrong: true }] : [];
    return [...own, ...rows.flatMap((row, place) => paintRow(row, place, way, beside))];
  }

  /** @param {Row} row @param {number} place @param {Way} way @param {Beside} beside */
  function paintRow({ part, up, down, remove }, place, way, beside) {
    const n = number(place + 1);
    up.disabled = place === 0;
    down.disabled = place === rows.length - 1;
    up.setAttribute("aria-label", gettext("Move row {n} up: {name}", { n, name: title }));
    down.setAttribute("aria-label", gettext("Move row {n} down: {name}", { n, name: title }));
    remove.setAttribute("aria-label", gettext("Remove row {n}: {name}", { n, name: title }));
    return part.paint([...way, place], { ...beside, idle: false });
  }

  /** The inputs of one row of the table. @param {Spot} spot @returns {Part} */
  function cells(spot) {
    const needed = new Set(items.required ?? []);
    const parts = propertiesOf(items).map(([key, inner], place) => ({
      key,
      part: leaf({ schema: inner, name: key, required: needed.has(key), id: `${spot.id}-${place}`, commit }, true),
    }));
    const inside = parts.map(({ key, part }) => {
      const cell = make("td", "", part.element);
      cell.dataset.label = titleOf(items.properties[key], key);
      return cell;
    });
    return {
      element: make("tr", "record-row", ...inside),
      show: (value) => parts.forEach(({ key, part }) => part.show(value?.[key])),
      read: () => Object.fromEntries(parts.map(({ key, part }) => [key, part.read()]).filter(([, value]) => value !== undefined)),
      paint: (way, beside) => parts.flatMap(({ key, part }) => part.paint([...way, key], beside)),
    };
  }

  function table() {
    const needed = new Set(items.required ?? []);
    const heads = propertiesOf(items).map(([key, inner]) => {
      const head = make("th", "", titleOf(inner, key));
      head.scope = "col";
      if (needed.has(key)) head.append(make("span", "record-required", ` ${gettext("(required)")}`));
      if (inner.description) head.append(make("span", "hint", inner.description));
      return head;
    });
    const tools = make("th", "", make("span", "visually-hidden", gettext("Row")));
    tools.scope = "col";
    const whole = make("table", "table record-table", make("caption", "visually-hidden", title), make("thead", "", make("tr", "", ...heads, tools)), body);
    return make("div", "table-wrap", whole);
  }

  const legend = make("legend", "", title);
  if (required) legend.append(make("span", "record-required", ` ${gettext("(required)")}`));
  const hint = schema.description ? [make("p", "hint", schema.description)] : [];
  const foot = make("span", "record-foot", add, mark, reset);
  return {
    element: make("fieldset", "record-list", legend, ...hint, flat ? table() : body, none, problem, foot),
    show,
    read: () => (rows.length || required ? rows.map((row) => row.part.read() ?? null) : undefined),
    paint,
  };
}

/** @param {Row} row @returns {HTMLElement | null} */
const firstInput = (row) => row.element.querySelector("input, select, textarea");
