// Words that depend on a number, in the language of the page.

import { catalogue, filled, number } from "./words.js";

const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];
const rules = new Intl.PluralRules(catalogue.language);
const forms = CATEGORIES.filter((name) => rules.resolvedOptions().pluralCategories.includes(/** @type {any} */ (name)));

/** gettext for a number: `{n}` is it.
 * @param {string} one @param {string} many @param {number} n @param {Record<string, unknown>} [values] */
export function ngettext(one, many, n, values) {
  const found = catalogue.texts[one];
  const text = Array.isArray(found) ? found[forms.indexOf(rules.select(n))] : n === 1 ? one : many;
  return filled(text ?? many, { n: number(n), ...values });
}
