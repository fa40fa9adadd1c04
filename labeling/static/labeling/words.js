// Words in the language of the page: gettext for scripts, from the catalogue that the page carries.

/** @type {{language: string, texts: Record<string, string | string[]>}} */
const catalogue = JSON.parse(document.getElementById("catalogue")?.textContent ?? '{"language": "en", "texts": {}}');
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];
const rules = new Intl.PluralRules(catalogue.language);
const forms = CATEGORIES.filter((name) => rules.resolvedOptions().pluralCategories.includes(/** @type {any} */ (name)));

/** @param {string} text @param {Record<string, unknown>} [values] */
const filled = (text, values) => (values ? text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")) : text);

/** The text in the page's language, `{name}` replaced by values.name.
 * @param {string} text @param {Record<string, unknown>} [values] */
export function gettext(text, values) {
  const found = catalogue.texts[text];
  return filled(typeof found === "string" ? found : text, values);
}

/** The same for a number: `{n}` is it.
 * @param {string} one @param {string} many @param {number} n @param {Record<string, unknown>} [values] */
export function ngettext(one, many, n, values) {
  const found = catalogue.texts[one];
  const text = Array.isArray(found) ? found[forms.indexOf(rules.select(n))] : n === 1 ? one : many;
  return filled(text ?? many, { n: number(n), ...values });
}

/** A number as people of this language write it. @param {number} value @param {Intl.NumberFormatOptions} [how] */
export const number = (value, how) => value.toLocaleString(catalogue.language, how);

/** @param {number} share from 0 to 1 */
export const percent = (share) => (share > 0 && share < 0.01 ? `<${number(0.01, PERCENT)}` : number(share, PERCENT));
const PERCENT = /** @type {const} */ ({ style: "percent", maximumFractionDigits: 0 });
