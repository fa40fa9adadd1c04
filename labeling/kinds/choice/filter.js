// A filter above a long list of labels. Loaded only where there are many.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";

/** @typedef {{label: Label, element: HTMLElement, input: HTMLElement}} Row */

/**
 * @template {Row} R
 * @param {HTMLElement} list @param {string} title @param {R[]} rows
 * @param {() => void} onNarrow @param {(row: R) => void} choose
 */
export function mount(list, title, rows, onNarrow, choose) {
  const input = make("input", "option-filter");
  Object.assign(input, { type: "search", placeholder: gettext("Filter labels"), autocomplete: "off" });
  input.setAttribute("aria-label", gettext("Filter the labels of: {title}", { title }));
  const none = make("p", "muted", gettext("No label has these letters."));
  list.before(make("div", "option-find", input, make("kbd", "", "/")));
  list.after(none);

  const first = () => rows.find((row) => !row.element.hidden);

  function narrow() {
    const letters = input.value.trim().toLowerCase();
    for (const { label, element } of rows) {
      element.hidden = !`${label.name} ${label.id}`.toLowerCase().includes(letters);
    }
    none.hidden = Boolean(first());
    onNarrow();
  }

  function clear() {
    if (!input.value) return;
    input.value = "";
    narrow();
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const row = first();
    if (event.key === "Enter" && row) {
      choose(row);
      clear();
      row.input.focus();
    } else if (event.key === "ArrowDown" && row) row.input.focus();
    else if (event.key === "Escape") {
      clear();
      input.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  input.addEventListener("input", narrow);
  input.addEventListener("keydown", pressed);
  narrow();
  return { focus: () => input.focus(), clear };
}
