// Words in the language of the page: gettext for scripts, from the catalogue that the page carries.

/** @type {{language: string, texts: Record<string, string | string[]>}} */
export const catalogue = JSON.parse(document.getElementById("catalogue")?.textContent ?? '{"language": "en", "texts": {}}');

/** @param {string} text @param {Record<string, unknown>} [values] */
export const filled = (text, values) => (values ? text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")) : text);

/** The text in the page's language, `{name}` replaced by values.name.
 * @param {string} text @param {Record<string, unknown>} [values] */
export function gettext(text, values) {
  const found = catalogue.texts[text];
  return filled(typeof found === "string" ? found : text, values);
}

// Made once: making one takes longer than painting a task.
const whole = new Intl.NumberFormat(catalogue.language);
const shares = new Intl.NumberFormat(catalogue.language, { style: "percent" });

/** A number as people of this language write it. @param {number} value */
export const number = (value) => whole.format(value);

/** @param {number} share from 0 to 1 */
export const percent = (share) => (share > 0 && share < 0.01 ? `<${shares.format(0.01)}` : shares.format(share));
