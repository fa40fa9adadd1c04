// Says beside each input what is wrong with it, and in one place how much there is.

import { ngettext } from "../plural.js";
import { make } from "../screen.js";
import { gettext } from "../words.js";

/** @param {HTMLElement} told @param {string} text @param {...Node} more */
export function say(told, text, ...more) {
  told.className = `notice ${text ? "notice-warn" : ""}`;
  told.replaceChildren(make("span", "", text), ...more);
  told.hidden = !text;
}

/** @param {HTMLElement} told @param {string[]} texts those that have no input of their own @param {number} n */
function count(told, texts, n) {
  if (!n) return say(told, "");
  const words = ngettext("{n} thing does not fit yet.", "{n} things do not fit yet.", n);
  say(told, [words, ...texts].join(" "));
}

/** @param {HTMLElement} root */
function clear(root) {
  for (const input of root.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const slot of root.querySelectorAll("[data-slot]")) if (slot.textContent) slot.textContent = "";
}

/** One level up: questions[0].labels[2].id → questions[0].labels[2] → questions[0].labels.
 * @param {string} path */
const above = (path) => path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));

/** The nearest place for a problem, and the rest of its path. @param {HTMLElement} root @param {string} path */
function placeOf(root, path) {
  for (let at = path; at; at = above(at)) {
    const slot = root.querySelector(`[data-slot="${CSS.escape(at)}"]`);
    if (slot) return { slot, at, rest: path.slice(at.length).replace(/^\./, "") };
  }
  return null;
}

/** @param {HTMLElement} root @param {HTMLElement} told @param {Told[]} problems */
export function paintForm(root, told, problems) {
  clear(root);
  const others = [];
  for (const { field, problem } of problems) {
    const place = placeOf(root, field);
    if (!place) {
      others.push(field ? `${field}: ${problem}.` : gettext("The schema {problem}.", { problem }));
      continue;
    }
    const line = place.rest ? `${place.rest} ${problem}` : problem;
    place.slot.append(make("div", "", line));
    for (const path of [field, place.at]) document.getElementById(`in-${path}`)?.setAttribute("aria-invalid", "true");
  }
  count(told, others, problems.length);
}

/** @param {HTMLElement} slot @param {HTMLElement} text @param {HTMLElement} told @param {Told[]} problems */
export function paintText(slot, text, told, problems) {
  text.toggleAttribute("aria-invalid", false);
  if (problems.length) text.setAttribute("aria-invalid", "true");
  slot.replaceChildren(
    ...problems.map(({ field, problem, line }) => {
      const words = field ? `${field}: ${problem}` : problem;
      return make("div", "", line && field ? gettext("Line {line}: {words}", { line, words }) : words);
    }),
  );
  count(told, [], problems.length);
}

/** @param {HTMLElement} root */
export function focusFirst(root) {
  /** @type {HTMLElement | null} */ (root.querySelector('[aria-invalid="true"]'))?.focus();
}
