// Kind `choices`: any number of labels out of a list. That none fits is ticked like any other answer.

import { ngettext } from "../../plural.js";
import { make, say } from "../../screen.js";
import { gettext, number } from "../../words.js";
import { listOf, numbered, paint, row } from "../choice/control.js";
import { listed } from "../../said.js";

const MANY = 11;
// No label has an empty id.
const NONE = "";
const noneLabel = () => ({ id: NONE, name: gettext("None of these") });

/** @param {Question} question @param {string} id */
const nameOf = (question, id) => question.labels.find((label) => label.id === id)?.name ?? id;

/** @param {Question} question @param {string[]} value */
export const words = (question, value) => value.map((id) => nameOf(question, id)).join(", ") || noneLabel().name;

/** @type {NonNullable<KindModule["differences"]>} */
export const differences = (question, values) => {
  const shared = (/** @type {string} */ id) => values.every((value) => value.includes(id));
  return values.map((value) => {
    const parts = value.map((/** @type {string} */ id) => ({ text: nameOf(question, id), differs: !shared(id) }));
    const cell = make("span");
    cell.append(...listed(parts.length ? parts : [{ text: noneLabel().name, differs: true }], ", "));
    return cell;
  });
};

/** @type {KindModule["keys"]} */
export const keys = [
  ["1 … 9", gettext("Tick a label, or take the tick away")],
  ["0", gettext("None of these, where that is an answer")],
  ["up down", gettext("Label above, below")],
  ["toggle", gettext("Tick the label that has the focus")],
  ["search", gettext("Filter a long list of labels")],
];

/** @param {unknown} value @param {string} id */
const has = (value, id) => Array.isArray(value) && (id === NONE ? !value.length : value.includes(id));

/** How many labels an answer has, in words; "" where any number will do. @param {number} fewest @param {number} most @param {number} count */
function limitWords(fewest, most, count) {
  if (fewest === most) return ngettext("Exactly one label.", "Exactly {n} labels.", most);
  if (fewest && most < count) return gettext("From {fewest} to {most} labels.", { fewest: number(fewest), most: number(most) });
  if (most < count) return ngettext("At most one label.", "At most {n} labels.", most);
  return fewest > 1 ? ngettext("At least one label.", "At least {n} labels.", fewest) : "";
}

/** @type {KindModule["mount"]} */
export function mount(root, question, changed) {
  const { labels, fewest = 0, most = labels.length } = question;
  const none = fewest ? null : row(question, noneLabel(), "checkbox");
  const rows = labels.map((label) => row(question, label, "checkbox"));
  const all = none ? [...rows, none] : rows;
  const list = listOf(all);
  none?.element.classList.add("is-none");
  const limits = make("p", "muted small", limitWords(fewest, most, labels.length));
  root.append(...(limits.textContent ? [limits] : []), list);
  let listening = true;
  /** @type {ReturnType<typeof numbered>} */
  let byKey = new Map();
  /** @type {{focus: () => void, clear: () => void} | null} */
  let filter = null;

  function hints() {
    byKey = numbered(rows, listening);
    if (!none) return;
    // Nine labels by number; 0 is none of them.
    const zero = byKey.get("0");
    zero?.key.classList.add("is-off");
    none.key.classList.toggle("is-off", !listening);
    say(none.key, "0");
    byKey.set("0", none);
  }

  const ticked = () => rows.filter((one) => one.input.checked);

  /** @param {typeof rows[number]} one */
  function settle(one) {
    if (one === none) for (const other of rows) other.input.checked = false;
    else if (none) none.input.checked = false;
    if (ticked().length > most && one !== none) one.input.checked = false;
    limits.classList.toggle("is-full", ticked().length === most && most < labels.length);
    changed();
  }

  /** @param {typeof rows[number]} one */
  function tick(one) {
    one.input.checked = !one.input.checked;
    one.element.scrollIntoView({ block: "nearest" });
    settle(one);
  }

  /** @param {number} by */
  function step(by) {
    const shown = all.filter((one) => !one.element.hidden);
    const at = shown.findIndex((one) => one.input === document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length;
    shown[next]?.input.focus();
    return true;
  }

  function toggle() {
    const one = all.find((each) => each.input === document.activeElement);
    if (one) tick(one);
    return Boolean(one);
  }

  list.addEventListener("change", (event) => {
    const one = all.find((each) => each.input === event.target);
    if (one) settle(one);
  });
  hints();
  if (rows.length > MANY) {
    void import("../choice/filter.js").then((part) => {
      filter = part.mount(list, question.title, rows, hints, tick);
    });
  }

  return {
    show(view) {
      filter?.clear();
      paint(list, all, view, has);
      limits.classList.toggle("is-full", ticked().length === most && most < labels.length);
    },
    read() {
      const chosen = ticked().map((one) => one.label.id);
      return chosen.length || none?.input.checked ? chosen : undefined;
    },
    problem() {
      const count = ticked().length;
      if (!count || count >= fewest) return "";
      return ngettext("needs at least one label.", "needs at least {n} labels.", fewest);
    },
    act({ action, digit, repeat }) {
      const one = action === "digit" && byKey.get(digit);
      if (one) repeat || tick(one);
      else if (action === "toggle") return toggle();
      else if (action === "search" && filter) filter.focus();
      else if (action === "down") return step(1);
      else if (action === "up") return step(-1);
      else return false;
      return true;
    },
    active(on) {
      listening = on;
      hints();
    },
  };
}
