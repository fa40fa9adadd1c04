// Kind `number`: typed, with a comma or a point. The first digit goes into the field by itself.

import { make, say } from "../../screen.js";
import { gettext } from "../../words.js";
import { modelLine } from "../../said.js";
import { isOnStep, nextStep, readNumber } from "./reading.js";

const exact = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumFractionDigits: 15 });
/** With every digit, as people of the page's language write it. @param {number} value */
const number = (value) => exact.format(value);
const GROUP = number(11_111).replace(/\d/g, "");
const POINT = number(1.5).includes(",") ? "," : ".";

/** As a person would type it. @param {number} value */
const typed = (value) => String(value).replace(".", POINT);

/** @param {Question} question @param {number} value */
export const words = ({ unit }, value) => (unit ? `${number(value)}\u00a0${unit}` : number(value));

/** @type {KindModule["keys"]} */
export const keys = [
  ["0 … 9", gettext("Type the number")],
  ["edit", gettext("Change the number that is there")],
  ["up down", gettext("One step more, less")],
  ["cancel", gettext("Leave the field: single keys work again")],
];

/** @param {Question} question @param {number} value */
function wrong(question, value) {
  const { min = -1e15, max = 1e15, step, integer } = question;
  if (value < min) return gettext("must be at least {limit}.", { limit: words(question, min) });
  if (value > max) return gettext("must be at most {limit}.", { limit: words(question, max) });
  if (integer && !Number.isInteger(value)) return gettext("must be a whole number.");
  if (step && !isOnStep(question, value)) return gettext("goes in steps of {step}.", { step: number(step) });
  return "";
}

/** What the field takes, in words. @param {Question} question */
function limits({ min, max, integer }) {
  const low = min === undefined ? "" : number(min);
  const high = max === undefined ? "" : number(max);
  if (low && high) return gettext("From {low} to {high}.", { low, high });
  if (low) return gettext("{low} or more.", { low });
  if (high) return gettext("{high} or less.", { high });
  return integer ? gettext("A whole number.") : "";
}

/** @param {Question} question @param {string} id */
function field(question, id) {
  const input = make("input", "number-input num");
  Object.assign(input, { id, type: "text", inputMode: question.integer ? "numeric" : "decimal", autocomplete: "off", maxLength: 40 });
  input.setAttribute("aria-label", question.title);
  input.setAttribute("aria-describedby", `${id}-read`);
  return input;
}

/** @type {KindModule["mount"]} */
export function mount(root, question, changed) {
  const id = `answer-${question.id}`;
  const input = field(question, id);
  const read = make("p", "number-read small");
  Object.assign(read, { id: `${id}-read` });
  root.append(make("div", "number", input, make("span", "", question.unit ?? "")), read);
  const paintModel = modelLine(root);
  const negative = !(question.min >= 0);

  /** Where what is typed is no number: undefined. */
  const value = () => readNumber(input.value, GROUP);

  /** What stands there, as it was understood. */
  function paint() {
    const now = value();
    const problem = input.value.trim() ? (now === undefined ? gettext("is not a number.") : wrong(question, now)) : "";
    input.setAttribute("aria-invalid", String(Boolean(problem)));
    read.classList.toggle("is-wrong", Boolean(problem));
    const understood = now === undefined ? limits(question) : `= ${words(question, now)}`;
    say(read, problem ? gettext("It {problem}", { problem }) : understood);
    return problem;
  }

  /** @param {string} text */
  function type(text) {
    input.value = text;
    input.focus();
    paint();
  }

  /** @param {number} by */
  function step(by) {
    const next = nextStep(question, value(), by);
    input.value = typed(next);
    paint();
    changed();
    return true;
  }

  function edit() {
    input.focus();
    input.select();
    return true;
  }

  input.addEventListener("input", paint);
  input.addEventListener("change", changed);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") input.blur();
    else if (event.key === "ArrowUp") step(1);
    else if (event.key === "ArrowDown") step(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    show(view) {
      input.value = typeof view.value === "number" ? typed(view.value) : "";
      paintModel(view.preLabel, (said) => words(question, said));
      paint();
    },
    read: () => (paint() ? undefined : value()),
    problem: paint,
    act({ action, digit }) {
      if (action === "digit") type(digit);
      else if (action === "point") type(`0${POINT}`);
      else if (action === "smaller" && negative) type("-");
      else if (action === "edit") return edit();
      else if (action === "up") return step(1);
      else if (action === "down") return step(-1);
      else return false;
      return true;
    },
    active() {},
  };
}
