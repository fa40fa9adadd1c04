// The guideline and the list of this session beside the task. Loaded behind the first task.

import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {string} text */
function inline(text) {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
    if (/^\*\*.+\*\*$/.test(part)) return make("strong", "", part.slice(2, -2));
    if (/^`.+`$/.test(part)) return make("code", "", part.slice(1, -1));
    return part;
  });
}

const SHAPES = /** @type {const} */ ([
  ["h3", /^#{1,6}\s+/],
  ["ul", /^\s*[-*]\s+/],
  ["ol", /^\s*\d+[.)]\s+/],
]);

/** A guideline as elements: headings, lists, paragraphs, **bold** and `code`; nothing else.
 * @param {string} text @returns {HTMLElement[]} */
export function guideline(text) {
  /** @type {HTMLElement[]} */
  const out = [];
  let fresh = true;
  for (const line of text.split(/\r?\n/)) {
    const [tag, mark] = SHAPES.find(([, shape]) => shape.test(line)) ?? ["p", /^/];
    const words = inline(line.replace(mark, ""));
    const last = fresh ? undefined : out.at(-1);
    fresh = line.trim() === "" || tag === "h3";
    if (line.trim() === "") continue;
    if (tag === "h3") out.push(make("h3", "", ...words));
    else if (tag === "p" && last?.localName === "p") last.append(" ", ...words);
    else if (tag === "p" && last?.lastElementChild?.localName === "li") last.lastElementChild.append(" ", ...words);
    else if (tag === "p") out.push(make("p", "", ...words));
    else if (last?.localName === tag) last.append(make("li", "", ...words));
    else out.push(make(tag, "", make("li", "", ...words)));
  }
  return out;
}

/** @param {string} text */
export function paintGuideline(text) {
  const parts = guideline(text);
  const none = gettext("This schema has no guideline yet. Ask the lead of the project.");
  byId("guideline").replaceChildren(...(parts.length ? parts : [make("p", "muted", none)]));
}
