// The one map from keys to actions, for the page and for every kind of question.

import { setting } from "./screen.js";

/** What each action's keys are unless a person chose others. Digits are known by their place. */
export const KEYS = /** @type {Record<string, string[]>} */ ({
  submit: ["enter"], undo: ["z"], redo: ["y"], skip: ["s"], flag: ["f"], unanswerable: ["x"],
  guideline: ["g"], comment: ["c"], history: ["h"], keys: ["?"], larger: ["+", "="], smaller: ["-"],
  "question-next": ["j"], "question-previous": ["k"], reveal: ["v"], cancel: ["escape"],
  up: ["arrowup"], down: ["arrowdown"], left: ["arrowleft"], right: ["arrowright"],
  next: ["n"], previous: ["p"], new: ["b"], remove: ["backspace", "delete"], toggle: [" "],
  turn: ["]"], "turn-back": ["["], relate: ["r"], search: ["/"], point: ["."], edit: ["e"],
  "letter-back": ["u"], "letter-on": ["i"],
});

/** @type {Map<string, string>} */
let byKey = new Map();

/** The keys that a person chose, by action. @returns {Record<string, string[]>} */
export const own = () => JSON.parse(setting("keymap", "{}"));

/** Read a person's own choice again. */
export function learn() {
  byKey = new Map(Object.entries({ ...KEYS, ...own() }).flatMap(([action, keys]) => keys.map((key) => [key, action])));
}
learn();

/** By the place of the key, so that it works on every keyboard layout. @param {KeyboardEvent} event */
const digit = (event) => /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? "";

/** @param {KeyboardEvent} event @returns {Press} */
export function read(event) {
  const number = digit(event);
  const action = byKey.get(event.key.toLowerCase()) ?? (number ? (event.shiftKey ? "take" : "digit") : "");
  return { action, digit: number, shift: event.shiftKey, repeat: event.repeat };
}

/** @param {Element | null} target */
export const isTyping = (target) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLElement && target.isContentEditable) ||
  (target instanceof HTMLInputElement && !["radio", "checkbox", "range", "button"].includes(target.type));

/** The control that a key presses by itself. @param {KeyboardEvent} event @returns {HTMLElement | null | undefined} */
export const presses = ({ key, target }) => (key === "Enter" || key === " " ? /** @type {Element | null} */ (target)?.closest("button, a, summary") : null);

/** @type {KeyboardEvent[] | null} keys that wait for a script that is on its way, so that they mean what was meant */
let held = null;
/** @type {(press: Press) => boolean} */
let use;
/** @type {(press: Press) => boolean} whether what it is for is on its way */
let isEarly;

/** From now on keys are kept. */
export const hold = () => (held ??= []);

/** Whether keys wait that came before. */
export const isHolding = () => held !== null;

/** @returns {KeyboardEvent[]} what was kept */
export function release() {
  const kept = held ?? [];
  held = null;
  return kept;
}

/** What is used is not passed on. Single keys can be switched off (WCAG 2.1.4). @param {KeyboardEvent} event */
export function hear(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (setting("keys", "on") === "off" || document.querySelector("dialog[open]")) return;
  const target = /** @type {Element | null} */ (event.target);
  if (isTyping(target)) return;
  if (!held && presses(event)) return;
  const press = read(event);
  if (event.key !== "Tab" && (held || isEarly(press))) hold().push(event);
  else if (!press.action || !use(press)) return;
  event.preventDefault();
}

/** @param {(press: Press) => boolean} then @param {(press: Press) => boolean} early */
export function bind(then, early) {
  use = then;
  isEarly = early;
  document.addEventListener("keydown", (event) => event.defaultPrevented || hear(event));
}
