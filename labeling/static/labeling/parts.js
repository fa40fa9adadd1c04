// Loads what a schema needs: the module and style of each kind of question and type of field.

/** @type {Map<string, KindModule>} */
const kinds = new Map();
/** @type {Map<string, FieldModule>} */
const fields = new Map();
/** @type {Set<string>} */
const styles = new Set();

const PAUSE = 3000;

/** Tried until it can be had: what follows the first paint. @template T @param {() => Promise<T>} load @returns {Promise<T>} */
export const surely = (load) => load().catch(async () => {
  await new Promise((go) => setTimeout(go, PAUSE));
  return surely(load);
});

/** @param {string} address */
function style(address) {
  if (styles.has(address) || document.querySelector(`link[href="${address}"]`)) return;
  styles.add(address);
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", href: address });
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

/** @template T @param {Map<string, T>} known @param {Record<string, string[]>} addresses @param {string} name */
async function load(known, addresses, name) {
  if (known.has(name)) return;
  if (!addresses[name]) throw new Error(`Load this page again for “${name}”.`);
  const [script, ...sheets] = addresses[name];
  const [part] = await Promise.all([import(script), ...sheets.map(style)]);
  known.set(name, part);
}

/** Everything that these schemas need; after it kind() and field() know it.
 * @param {Desk["parts"]} addresses @param {Schema[]} schemas */
export async function loadAll(addresses, schemas) {
  const wanted = schemas.flatMap((schema) => [
    ...schema.questions.map(({ kind }) => load(kinds, addresses.kinds, kind)),
    ...schema.fields.map(({ type }) => load(fields, addresses.fields, type)),
  ]);
  await Promise.all(wanted);
}

/** @param {string} name */
export const kind = (name) => /** @type {KindModule} */ (kinds.get(name));

/** @param {string} name */
export const field = (name) => /** @type {FieldModule} */ (fields.get(name));
