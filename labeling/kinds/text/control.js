// Kind `text`: free text, or a text put right with what was changed shown under it.

import { ngettext } from "../../plural.js";
import { byId, make, say } from "../../screen.js";
import { gettext, number } from "../../words.js";

const PAUSE = 600;
const USUAL = 10_000;
const NEAR_THE_END = 0.9;
const SHOWN = 60;

/** @type {KindModule["keys"]} */
export const keys = [
  ["edit", gettext("Write")],
  ["Esc", gettext("Stop writing: keys mean actions again")],
  ["Enter", gettext("While writing one line: submit")],
  ["Ctrl+Enter", gettext("While writing several lines: submit")],
];

/** @param {Question} _question @param {unknown} value */
export function words(_question, value) {
  const text = String(value).replace(/\s+/g, " ");
  return text.length > SHOWN ? `${text.slice(0, SHOWN).trimEnd()}…` : text;
}

/** What a person changed, in the form in which it is kept. @param {string} text */
const plain = (text) => text.replace(/\r\n?/g, "\n").normalize("NFC").trimEnd();

/** Each value, compared with what people started from, else with the first one.
 * @param {Question} question @param {any[]} values @param {Record<string, unknown>} payload */
export function differences(question, values, payload) {
  const start = payload[question.start_from ?? ""];
  const base = plain(String(start ?? values.find((value) => typeof value === "string") ?? ""));
  return values.map((value) => {
    const element = make("div", "text-diff", String(value));
    element.dir = "auto";
    void import("./diff.js").then((part) => element.replaceChildren(...part.marked(base, plain(String(value)))), () => {});
    return element;
  });
}

/** What is written is told at the first letter, so that it is kept whatever comes, and after each pause.
 * @param {HTMLTextAreaElement} area @param {number} lines @param {() => void} changed @param {() => void} [paused] */
export function writing(area, lines, changed, paused) {
  let told = "";
  let timer = 0;

  function tell() {
    if (told === area.value) return;
    told = area.value;
    changed();
  }

  function finish() {
    clearTimeout(timer);
    timer = 0;
    tell();
    paused?.();
  }

  area.addEventListener("input", () => {
    if (!timer) tell();
    clearTimeout(timer);
    timer = setTimeout(finish, PAUSE);
  });
  area.addEventListener("change", finish);
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const submits = event.key === "Enter" && (lines === 1 || event.ctrlKey || event.metaKey);
    if (!submits && event.key !== "Escape") return;
    event.preventDefault();
    // A key held down is one press, not twenty answers.
    if (event.repeat) return;
    finish();
    if (submits) area.form?.requestSubmit();
    else byId("fields").focus({ preventScroll: true });
  });

  return {
    finish,
    /** What stands there before anything is written. @param {string} text */
    show(text) {
      if (area.value !== text) area.value = text;
      told = area.value;
      finish();
    },
  };
}

/**
 * @param {HTMLElement} root @param {Question} question
 * @param {() => void} changed
 * @returns {Control}
 */
export function mount(root, question, changed) {
  const { lines = 1, longest = USUAL, start_from: start } = question;
  const field = make("textarea", "text-field");
  Object.assign(field, { rows: lines, spellcheck: true, dir: "auto" });
  field.setAttribute("aria-label", question.title);
  const hint = make("p", "text-hint small muted");
  hint.id = `text-hint-${question.id}`;
  field.setAttribute("aria-describedby", hint.id);
  const how = make("span", "text-how");
  const left = make("span", "num");
  hint.append(how, " ", left);
  const others = make("div", "button-row");
  const compared = make("div", "text-compared");
  root.append(field, hint, others, compared);

  let base = "";

  function paintLeft() {
    const length = [...plain(field.value)].length;
    field.setAttribute("aria-invalid", String(length > longest));
    const text = length > longest
      ? ngettext("One character too many.", "{n} characters too many.", length - longest)
      : gettext("{n} of {longest} characters", { n: number(length), longest: number(longest) });
    say(left, length > longest * NEAR_THE_END ? text : "");
  }

  /** What was changed is worked out after the keys, never between them. */
  function paint() {
    paintLeft();
    const now = plain(field.value);
    compared.hidden = !base || base === now;
    if (compared.hidden) return compared.replaceChildren();
    void import("./diff.js").then((part) => {
      if (plain(field.value) === now) compared.replaceChildren(part.shown(base, now, start));
    }, () => {});
  }

  /** @param {string} text */
  function put(text) {
    field.value = text;
    finish();
    field.focus({ preventScroll: true });
  }

  /** @param {View["opinions"]} opinions */
  function paintOthers(opinions) {
    const texts = opinions.filter(({ value }) => typeof value === "string");
    others.hidden = !texts.length;
    others.replaceChildren(...texts.map(({ letter, value }) => {
      const button = make("button", "button button-small", gettext("Start from {letter}", { letter }));
      button.type = "button";
      button.addEventListener("click", () => put(value));
      return button;
    }));
  }

  field.addEventListener("input", () => {
    if (lines === 1 && field.value.includes("\n")) field.value = field.value.replace(/\s*\n\s*/g, " ");
    paintLeft();
  });
  const { finish, show } = writing(field, lines, changed, paint);

  return {
    show({ value, preLabel, opinions, payload }) {
      base = plain(String((start === "model" ? preLabel?.value : start && payload[start]) ?? ""));
      // Who settles a difference starts from nothing, or from one of the answers.
      const first = opinions.length || start === "model" ? "" : base;
      show(value ?? first);
      paintOthers(opinions);
      // Who was writing goes on writing; the page moves the focus to the item first.
      if (document.activeElement === field) queueMicrotask(() => field.focus({ preventScroll: true }));
    },
    read: () => plain(field.value) || undefined,
    act({ action }) {
      if (action !== "edit") return false;
      field.focus();
      return true;
    },
    active(on) {
      const submit = lines === 1 ? gettext("Enter submits.") : gettext("Ctrl+Enter submits.");
      say(how, on ? `${gettext("E to write, Esc to leave.")} ${submit}` : "");
    },
  };
}
