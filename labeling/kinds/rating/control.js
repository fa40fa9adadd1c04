// Kind `rating`: a step of a scale, by its number. A list of one choice, laid out as a scale.

import { make } from "../../screen.js";
import { gettext, number } from "../../words.js";
import * as choice from "../choice/control.js";

export const single = true;

/** @param {Question} question @param {number} value */
export function words(question, value) {
  const name = question.names?.[value - question.from] ?? (value === question.from ? question.low : value === question.to && question.high);
  return name ? `${number(value)} (${name})` : number(value);
}

/** @type {KindModule["keys"]} */
export const keys = [
  ["1 … 9 0", gettext("Choose a step of the scale")],
  ["left right", gettext("Step below, above")],
];

/** @param {Question} question @returns {Label[]} */
function steps({ from, to, names }) {
  const values = Array.from({ length: to - from + 1 }, (_, place) => from + place);
  return values.map((value, place) => ({ id: String(value), name: names ? `${number(value)} · ${names[place]}` : number(value) }));
}

/** @param {Question} question */
function ends({ from, to, low, high }) {
  const words = [low && `${number(from)} · ${low}`, high && `${number(to)} · ${high}`];
  const line = make("p", "scale-ends muted small", ...words.map((text) => make("span", "", text ?? "")));
  line.hidden = !low && !high;
  return line;
}

/** Choices are told apart by text. @param {any} value */
const asText = (value) => (value === undefined ? undefined : String(value));

/** @type {KindModule["mount"]} */
export function mount(root, question, changed) {
  const box = make("div", question.names ? "scale-list" : "scale");
  root.append(box);
  if (!question.names) box.append(ends(question));
  const inner = choice.mount(box, { ...question, labels: steps(question) }, changed);
  // Steps keep their order in a row; short labels would go into two columns on a phone.
  box.querySelector(".options")?.classList.remove("is-short");
  for (const option of box.querySelectorAll(".option")) {
    // A key that is written on the step already is not written twice.
    const key = option.querySelector("kbd")?.textContent;
    option.classList.toggle("is-own-key", key === option.querySelector("input")?.value);
  }
  return {
    ...inner,
    show(view) {
      const { value, preLabel, opinions } = view;
      inner.show({
        ...view,
        value: asText(value),
        preLabel: preLabel && { ...preLabel, value: asText(preLabel.value) },
        opinions: opinions.map((opinion) => ({ ...opinion, value: asText(opinion.value) })),
      });
    },
    read() {
      const step = inner.read();
      return step === undefined ? undefined : Number(step);
    },
  };
}
