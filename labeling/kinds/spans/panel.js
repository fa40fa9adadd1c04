// The answer panel of spans: labels to choose from, and real lists of what is marked. Rows are patched, not made anew.

import { make, say } from "../../screen.js";
import { gettext } from "../../words.js";

const KEYS = [..."1234567890"];
const LOOKS = 8;

/** The number of a label: its key as long as there are keys. @param {number} at */
export const tagOf = (at) => KEYS[at] ?? String(at + 1);
/** @param {number} at */
export const lookOf = (at) => `look-${at % LOOKS}`;

/** @param {Element} element @param {string} name @param {string} value */
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {string} className @param {...(Node | string)} children */
function button(className, ...children) {
  const element = make("button", className, ...children);
  element.type = "button";
  return element;
}

/** Buttons for labels, the first ten with keys.
 * @param {HTMLElement} root @param {string} title @param {Label[]} labels @param {(label: Label) => void} choose */
export function palette(root, title, labels, choose) {
  const rows = labels.map((label, at) => {
    const key = make("kbd");
    const element = button("span-choice", key, make("span", `span-tag ${lookOf(at)}`, tagOf(at)), label.name);
    if (label.description) element.title = label.description;
    element.addEventListener("click", () => choose(label));
    return { label, element, input: element, key, tag: tagOf(at) };
  });
  const list = make("div", "span-choices", ...rows.map((row) => row.element));
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", title);
  root.append(list);
  /** @type {{focus: () => void, clear: () => void} | null} */
  let filter = null;
  let listening = true;
  const visible = () => rows.filter((row) => !row.element.hidden);

  function number() {
    const shown = visible();
    for (const row of rows) {
      const key = KEYS[shown.indexOf(row)] ?? "";
      say(row.key, key);
      // the label's own number says it, but for long lists that are filtered
      row.key.hidden = !key || !listening || key === row.tag;
    }
    list.classList.toggle("is-listening", listening);
  }
  number();
  if (labels.length > KEYS.length) {
    void import("../choice/filter.js").then((part) => {
      filter = part.mount(list, title, rows, number, (row) => choose(row.label));
    });
  }

  return {
    list,
    /** @param {string} digit */
    at: (digit) => visible()[KEYS.indexOf(digit)]?.label,
    /** @param {string | undefined} id */
    press(id) {
      for (const { label, element } of rows) set(element, "aria-pressed", String(label.id === id));
    },
    /** @param {boolean} on */
    active(on) {
      listening = on;
      number();
    },
    search: () => (filter?.focus(), filter !== null),
    clear: () => filter?.clear(),
  };
}

/**
 * @typedef {object} Row
 * @property {string} tag @property {string} look @property {string} words @property {string} label
 * @property {string} said letters of others who said the same @property {boolean} chosen
 * @property {boolean} offered said by others only: it can be taken over
 */

/** A list whose rows are chosen, and taken or removed.
 * @param {HTMLElement} root @param {string} title
 * @param {{choose: (at: number) => void, act: (at: number) => void}} on */
export function listOf(root, title, on) {
  const list = make("ol", "span-list");
  list.setAttribute("aria-label", title);
  root.append(list);

  /** @param {number} at */
  function add(at) {
    const tag = make("span", "span-tag");
    const words = make("bdi", "span-words");
    const label = make("span", "span-label");
    const said = make("span", "span-said");
    const name = button("span-name", tag, words, label, said);
    const act = button("span-act");
    const element = make("li", "", name, act);
    // The browser chooses with Tab too: keys then mean this one.
    name.addEventListener("focus", () => on.choose(at));
    name.addEventListener("click", () => on.choose(at));
    act.addEventListener("click", () => on.act(at));
    list.append(element);
    return { element, tag, words, label, said, name, act };
  }

  /** @type {ReturnType<typeof add>[]} */
  const rows = [];

  return {
    /** @param {Row[]} wanted */
    paint(wanted) {
      while (rows.length < wanted.length) rows.push(add(rows.length));
      rows.forEach(({ element, ...part }, at) => {
        const row = wanted[at];
        element.hidden = !row;
        if (!row) return;
        set(element, "class", row.offered ? "is-offered" : "");
        set(part.tag, "class", `span-tag ${row.look}`);
        say(part.tag, row.tag);
        say(part.words, row.words);
        say(part.label, row.label);
        say(part.said, row.said);
        set(part.name, "aria-pressed", String(row.chosen));
        say(part.act, row.offered ? gettext("Take") : "×");
        const act = row.offered ? gettext("Take over {label}: {words}", { label: row.label, words: row.words }) : gettext("Remove {label}: {words}", { label: row.label, words: row.words });
        set(part.act, "aria-label", act);
      });
      list.hidden = !wanted.length;
    },
    /** @param {number} at */
    reveal: (at) => rows[at]?.element.scrollIntoView({ block: "nearest" }),
  };
}
