// The list of keys: what each one does, and another key for whoever wants one. Loaded when it is first opened.

import { KEYS, learn, own } from "./keys.js";
import * as parts from "./parts.js";
import { byId, keep, make, paintKeys as paintSwitch, say, setting } from "./screen.js";
import { gettext } from "./words.js";

const SIGNS = /** @type {Record<string, string>} */ ({
  enter: "Enter", escape: "Esc", arrowup: "↑", arrowdown: "↓", arrowleft: "←", arrowright: "→",
  backspace: "⌫", delete: "Del", " ": gettext("Space"), "-": "−",
});

const PAGE = /** @type {[string, string][]} */ ([
  ["submit", gettext("Submit, next task")],
  ["unanswerable", gettext("Cannot be answered, with a reason")],
  ["undo", gettext("Undo: the last change, then the answer before")],
  ["redo", gettext("Redo")],
  ["skip", gettext("Skip, with a reason")],
  ["flag", gettext("Flag for the lead")],
  ["question-next question-previous", gettext("Next question, the one before")],
  ["guideline", gettext("Guideline")],
  ["comment", gettext("Comments on this task")],
  ["history", gettext("History of this task")],
  ["reveal", gettext("Compare with the model, where its answer waits for yours")],
  ["larger smaller", gettext("Larger, smaller item")],
  ["keys", gettext("This list")],
]);

/** @param {string} key */
const sign = (key) => SIGNS[key] ?? key.toUpperCase();

/** The first key of an action as people read it; "" where it was taken away. @param {string} action */
export const signOf = (action) => {
  const [key] = own()[action] ?? KEYS[action] ?? [];
  return key ? sign(key) : "";
};

/** @type {[string, string][]} rows of the kinds that are asked for */
let ofKinds = [];

/** Some bring theirs with their hands. @param {string} name */
async function keysOf(name) {
  const kind = parts.kind(name);
  return kind.keys ?? (await kind.hands?.().catch(() => null))?.keys ?? [];
}

/** All rows: of the page, and of the kinds of these questions. @param {Question[]} questions */
export async function paintKeys(questions) {
  const kinds = [...new Set(questions.map((question) => question.kind))];
  paintRows();
  ofKinds = (await Promise.all(kinds.map(keysOf))).flat();
  paintRows();
}

function paintRows() {
  byId("kind-keys").replaceChildren(...ofKinds.map(row));
  byId("page-keys").replaceChildren(...PAGE.map(row));
  byId("reset-keys").hidden = !Object.keys(own()).length;
  paintHints();
}

/** The hints on the buttons of the page. */
export function paintHints() {
  for (const hint of document.querySelectorAll("kbd[data-action]")) {
    const text = signOf(hint.getAttribute("data-action") ?? "");
    say(hint, text);
    hint.classList.toggle("is-none", !text);
  }
}

/** @param {[string, string]} row what to press, actions or plain text; what it does */
function row([what, words]) {
  const keys = what.split(" ").map((each) => (KEYS[each] ? button(each, words) : make("kbd", "", each)));
  return make("div", "", make("dt", "", ...keys), make("dd", "", words));
}

/** @param {string} action @param {string} words */
function button(action, words) {
  const key = signOf(action);
  const element = make("button", "key-button", make("kbd", "", key || "–"));
  element.type = "button";
  element.dataset.action = action;
  element.setAttribute("aria-label", gettext("{words}: key {key}. Change it", { words, key: key || gettext("none") }));
  element.addEventListener("click", () => listen(action, element));
  return element;
}

/** The next key pressed is the new one. @param {string} action @param {HTMLElement} element */
function listen(action, element) {
  element.classList.add("is-listening");
  tell(gettext("Press the new key. Esc leaves it as it is."));
  const heard = (/** @type {KeyboardEvent} */ event) => {
    if (event.repeat || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    stop();
    if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key !== "Escape") choose(action, event);
  };
  const stop = () => {
    element.classList.remove("is-listening");
    document.removeEventListener("keydown", heard, true);
    element.removeEventListener("blur", stop);
    tell("");
  };
  document.addEventListener("keydown", heard, true);
  element.addEventListener("blur", stop);
}

/** @param {string} action @param {KeyboardEvent} event */
function choose(action, event) {
  const key = event.key.toLowerCase();
  if (/^(Digit|Numpad)\d$/.test(event.code)) return tell(gettext("Digits choose labels; take another key."));
  if (event.ctrlKey || event.metaKey || event.altKey) return tell(gettext("Take a key without Ctrl, Alt or Cmd: those belong to the browser."));
  const all = { ...KEYS, ...own() };
  const before = Object.keys(all).find((each) => each !== action && all[each].includes(key));
  const changed = { ...own(), [action]: [key] };
  if (before) changed[before] = all[before].filter((each) => each !== key);
  save(changed);
  byId("keys-dialog").querySelector(/** @type {any} */ (`[data-action="${action}"]`))?.focus();
  if (before && !changed[before].length) tell(gettext("Another action had this key and has none now. Give it one."));
}

/** @param {Record<string, string[]>} keymap */
function save(keymap) {
  keep("keymap", JSON.stringify(keymap));
  learn();
  paintRows();
}

/** @param {string} words */
function tell(words) {
  say(byId("keys-told"), words);
}

/** @param {string} id @param {string} name @param {string} otherwise */
function bindSetting(id, name, otherwise) {
  const box = /** @type {HTMLInputElement} */ (byId(id));
  box.checked = setting(name, otherwise) === "on";
  // Whatever was done to it before would be lost.
  box.disabled = false;
  box.addEventListener("change", () => {
    keep(name, box.checked ? "on" : "off");
    paintSwitch();
  });
}

bindSetting("use-keys", "keys", "on");
bindSetting("at-once", "atonce", "off");
byId("reset-keys").addEventListener("click", () => save({}));
