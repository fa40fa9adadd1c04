// Type `json`: a tree that opens and closes by the browser's own means; made when it is opened.

import { ngettext } from "../../plural.js";
import { make } from "../../screen.js";

const OPEN_LEVELS = 3;
const AT_ONCE = 500;

/** @param {Field} _field @param {unknown} value */
export const build = (_field, value) => make("div", "item-json", node("", value, 0));

/** @param {string} name @param {unknown} value @param {number} level @returns {HTMLElement} */
function node(name, value, level) {
  const label = name ? [make("span", "json-name", `${name}: `)] : [];
  if (value === null || typeof value !== "object") {
    const leaf = make("div", "json-leaf", ...label, make("span", `json-${typeof value}`, JSON.stringify(value)));
    leaf.dir = "auto";
    return leaf;
  }
  const inner = Object.entries(value);
  const words = ngettext("one item", "{n} items", inner.length);
  const details = make("details", "json-node", make("summary", "", ...label, make("span", "muted small", words)));
  const fill = () => {
    if (details.childElementCount > 1) return;
    details.append(...inner.slice(0, AT_ONCE).map(([key, each]) => node(key, each, level + 1)));
    if (inner.length > AT_ONCE) details.append(make("p", "muted small", "…"));
  };
  details.addEventListener("toggle", fill);
  if (level < OPEN_LEVELS) {
    details.open = true;
    fill();
  }
  return details;
}
