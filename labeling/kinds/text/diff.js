// What was changed, word by word in every writing. Loaded only where two texts are compared.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";
import { diffArrays } from "../../vendor/diff-9.0.0.js";

// Longer than that, and all is shown as replaced: nobody waits for a nicer picture.
const PATIENCE = 150;
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** @param {string} text */
const wordsOf = (text) => Array.from(segmenter.segment(text), ({ segment }) => segment);

/** The parts of both texts: `<del>` what is gone, `<ins>` what is new.
 * @param {string} before @param {string} after @returns {(Node | string)[]} */
export function marked(before, after) {
  const changes = diffArrays(wordsOf(before), wordsOf(after), { timeout: PATIENCE });
  if (!changes) return [make("del", "", before), make("ins", "", after)];
  return changes.map(({ value, added, removed }) => {
    const text = value.join("");
    if (added) return make("ins", "", text);
    return removed ? make("del", "", text) : text;
  });
}

/** With a heading that says against what. @param {string} before @param {string} after @param {string} start */
export function shown(before, after, start) {
  const title = start === "model" ? gettext("Changed against the model’s text") : gettext("Changed against {field}", { field: start });
  const text = make("p", "text-diff", ...marked(before, after));
  text.dir = "auto";
  const section = make("section", "", make("p", "text-title small muted", title), text);
  section.setAttribute("aria-label", title);
  return section;
}
