// A leaf of the form: name, input, what the model said of it, what is wrong with it.

import { make, say } from "../../screen.js";
import { gettext, percent } from "../../words.js";
import { wrongWith } from "./checks.js";
import { inputFor } from "./inputs.js";
import { at, pathOf, same, titleOf, wordsOf } from "./leaves.js";

/** Below it the model is called unsure. */
const UNSURE = 0.7;

/** What the model said of a leaf, next to what stands there, in words.
 * @param {any} said @param {any} value @param {number | undefined} score */
function markOf(said, value, score) {
  if (said === undefined) return value === undefined ? ["", ""] : ["added", gettext("added by you")];
  if (!same(said, value)) return ["changed", gettext("changed; model: {value}", { value: wordsOf(said) })];
  if (score === undefined) return ["model", gettext("from the model")];
  if (score < UNSURE) return ["unsure", gettext("from the model, unsure: {share}", { share: percent(score) })];
  return ["model", gettext("from the model, {share}", { share: percent(score) })];
}

/** @param {string} name @param {Way} way */
function spokenName(name, way) {
  const row = way.findLast((part) => typeof part === "number");
  return row === undefined ? name : gettext("{name}, row {n}", { name, n: Number(row) + 1 });
}

/** @param {Spot} spot @param {boolean} [cell] in a table, whose head says the name: then it is spoken only
 * @returns {Part} */
export function leaf({ schema, name, required, id, commit }, cell = false) {
  const title = titleOf(schema, name);
  const { box, absent, set, get } = inputFor(schema);
  const mark = make("span", "record-mark");
  const reset = button("record-reset", gettext("Reset"), () => put(said));
  const problem = make("span", "problem");
  const others = make("span", "record-others");
  /** @type {any} */
  let said;
  Object.assign(box, { id });
  problem.id = `${id}-problem`;
  mark.id = `${id}-mark`;
  box.setAttribute("aria-describedby", `${problem.id} ${mark.id}`);
  if (required) box.setAttribute("aria-required", "true");

  /** @param {any} value */
  function put(value) {
    set(value);
    commit();
    box.focus();
  }

  return {
    element: make("div", cell ? "record-cell" : "record-leaf", ...head(), box, ...(absent ? [tick(absent)] : []), problem, foot()),
    show: set,
    read: get,
    paint(way, beside) {
      said = at(beside.said, way);
      const value = get();
      const score = beside.scores[pathOf(way)];
      const [look, words] = beside.said === undefined ? ["", ""] : markOf(said, value, score);
      const spoken = spokenName(title, way);
      if (cell) box.setAttribute("aria-label", spoken);
      absent?.setAttribute("aria-label", gettext("{name}: not there", { name: spoken }));
      mark.dataset.mark = look;
      say(mark, words);
      reset.hidden = look !== "changed" && look !== "added";
      reset.setAttribute("aria-label", gettext("Reset {name}", { name: spoken }));
      const missing = required && value === undefined && !beside.idle;
      const why = missing ? gettext("Needs a value.") : value === undefined ? "" : wrongWith(schema, value);
      const wrong = missing && !beside.asked ? "" : why;
      say(problem, wrong);
      box.setAttribute("aria-invalid", String(Boolean(wrong)));
      paintOthers(others, beside.opinions, way, spoken, put);
      if (why) return [{ box, name: spoken, why, wrong: true }];
      return look === "unsure" ? [{ box, name: spoken, why: words, wrong: false }] : [];
    },
  };

  function head() {
    if (cell) return [];
    const label = make("label", "", title);
    label.htmlFor = id;
    if (required) label.append(make("span", "record-required", ` ${gettext("(required)")}`));
    const line = make("span", "record-head", label);
    return schema.description ? [line, make("span", "hint", schema.description)] : [line];
  }

  function foot() {
    return make("span", "record-foot", mark, reset, others);
  }
}

/** @param {HTMLInputElement} absent */
const tick = (absent) => make("label", "record-absent", absent, gettext("not there"));

/** What others said of it, where they differ: taken by a press.
 * @param {HTMLElement} root @param {Beside["opinions"]} opinions @param {Way} way @param {string} name @param {(value: any) => void} take */
function paintOthers(root, opinions, way, name, take) {
  /** @type {Map<string, {letters: string[], value: any}>} */
  const groups = new Map();
  for (const { letter, value } of opinions) {
    const leafValue = at(value, way);
    const key = JSON.stringify(leafValue) ?? "";
    groups.set(key, { letters: [...(groups.get(key)?.letters ?? []), letter], value: leafValue });
  }
  const key = [...groups.keys()].join();
  if (root.dataset.said === key && root.childElementCount === groups.size) return;
  root.dataset.said = key;
  root.replaceChildren(
    ...[...groups.values()].map(({ letters, value }) => {
      const one = button("record-other", "", () => take(value));
      one.append(...letters.map((letter) => make("span", "letter", letter)), make("span", "", wordsOf(value)));
      one.setAttribute("aria-label", gettext("{name}: take “{value}” of {letters}", { name, value: wordsOf(value), letters: letters.join(", ") }));
      return one;
    }),
  );
}

/** @param {string} look @param {string} text @param {() => void} press */
export function button(look, text, press) {
  const element = make("button", `button button-small ${look}`, text);
  element.type = "button";
  element.addEventListener("click", press);
  return element;
}
