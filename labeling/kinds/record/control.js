// Kind `record`: a form made from a JSON Schema; what the model gave, what was changed, what is wrong stand beside the inputs.

import { ngettext } from "../../plural.js";
import { make, say } from "../../screen.js";
import { gettext, percent } from "../../words.js";
import { differences as sideBySide } from "./differences.js";
import { group } from "./form.js";
import { button } from "./leaf.js";
import { leaves, wordsOf } from "./leaves.js";

const SHOWN = 3;

/** @type {KindModule["keys"]} */
export const keys = [
  ["edit", gettext("Go to the first input that needs you")],
  ["next previous", gettext("Next, previous input that needs you")],
  ["Tab", gettext("Next input or button")],
  ["Escape", gettext("Leave an input, so that single keys work again")],
  ["Alt+↑ Alt+↓", gettext("Move a row from inside of it")],
];

/** The first leaves, and how many more there are. @param {Question} _question @param {any} value */
export function words(_question, value) {
  const all = leaves(value).filter(([way]) => way.length);
  const first = all.slice(0, SHOWN).map(([, leaf]) => wordsOf(leaf)).join(" · ");
  const more = all.length - SHOWN;
  return more > 0 ? ngettext("{first} and {n} more", "{first} and {n} more", more, { first }) : first;
}

/** @type {NonNullable<KindModule["differences"]>} */
export const differences = (question, values) => sideBySide(question.schema, values);

let forms = 0;

/** @param {HTMLElement} root @param {Question} question @param {() => void} changed @returns {Control} */
export function mount(root, question, changed) {
  const form = group({ schema: question.schema, name: "", required: true, id: `record-${forms++}`, commit }, true);
  const summary = make("p", "record-summary small muted");
  const starts = make("div", "button-row record-starts");
  const needs = question.required !== false;
  root.classList.add("record");
  root.append(summary, starts, form.element);
  /** @type {Beside} */
  let beside = { said: undefined, scores: {}, opinions: [], asked: false, idle: false };
  /** @type {number | null | undefined} */
  let confidence;
  /** @type {Trouble[]} */
  let troubles = [];

  function paint() {
    const idle = !needs && form.read() === undefined;
    troubles = form.paint([], { ...beside, idle });
    const marks = /** @type {(mark: string) => number} */ ((mark) => form.element.querySelectorAll(`[data-mark="${mark}"]`).length);
    const unsure = marks("unsure");
    const edited = marks("changed") + marks("added");
    const whole = typeof confidence === "number" ? [gettext("The model is {share} sure of the whole.", { share: percent(confidence) })] : [];
    const counts = [
      ...(unsure ? [ngettext("{n} value is unsure.", "{n} values are unsure.", unsure)] : []),
      ...(edited ? [ngettext("{n} was changed.", "{n} were changed.", edited)] : []),
    ];
    say(summary, beside.said === undefined ? "" : [...whole, ...counts].join(" "));
  }

  function commit() {
    paint();
    changed();
  }

  /** @param {Trouble | undefined} trouble */
  function goTo(trouble) {
    const box = trouble?.box ?? form.element.querySelector("input, select, textarea, button");
    /** @type {HTMLElement | null} */ (box)?.focus();
    box?.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** From where the focus is, or was. @param {1 | -1} by */
  function step(by) {
    const places = [...form.element.querySelectorAll("input, select, textarea, button")];
    const here = places.indexOf(/** @type {Element} */ (left ?? document.activeElement));
    const ordered = by > 0 ? troubles : troubles.toReversed();
    const next = ordered.find(({ box }) => (here < 0 ? true : by > 0 ? places.indexOf(box) > here : places.indexOf(box) < here));
    return goTo(next ?? ordered[0]);
  }

  /** @type {Element | null} the input that Escape left */
  let left = null;
  root.addEventListener("change", commit);
  root.addEventListener("focusin", () => void (left = null));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(event.target instanceof HTMLElement)) return;
    event.preventDefault();
    event.target.blur();
    left = event.target;
  });

  /** @param {View["opinions"]} opinions */
  function offerStarts(opinions) {
    starts.hidden = !opinions.length;
    starts.replaceChildren(
      ...opinions.map(({ letter, value }) =>
        button("", gettext("Begin with {letter}", { letter }), () => {
          form.show(value);
          commit();
        }),
      ),
    );
  }

  return {
    show({ value, preLabel, opinions }) {
      const said = opinions.filter((one) => one.value && !("unanswerable" in one.value));
      beside = { said: preLabel?.value, scores: preLabel?.probabilities ?? {}, opinions: said, asked: false, idle: false };
      confidence = preLabel?.confidence;
      left = null;
      form.show(value);
      offerStarts(said);
      paint();
    },
    read: form.read,
    problem() {
      const wrong = troubles.filter((trouble) => trouble.wrong);
      if (!wrong.length || (form.read() === undefined && !needs)) return "";
      beside = { ...beside, asked: true };
      paint();
      goTo(wrong[0]);
      const [{ name, why }] = wrong;
      return ngettext("– {name}: {why}", "– {n} inputs need you. First, {name}: {why}", wrong.length, { name, why });
    },
    act({ action }) {
      if (action === "edit") return goTo(troubles[0]);
      if (action === "next") return step(1);
      if (action === "previous") return step(-1);
      return false;
    },
    active() {},
  };
}
