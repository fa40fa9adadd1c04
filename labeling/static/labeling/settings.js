// The switches in the list of keys. Loaded when the list is first opened.

import { KEYS } from "./keys.js";
import * as parts from "./parts.js";
import { byId, keep, make, paintKeys as paintHints, setting } from "./screen.js";

const NAMES = /** @type {Record<string, string>} */ ({
  enter: "Enter", escape: "Esc", arrowup: "↑", arrowdown: "↓", arrowleft: "←", arrowright: "→",
  backspace: "⌫", delete: "Del", " ": "Space", "-": "−",
});

/** The keys of an action as people read them. @param {string} action */
const named = (action) => (KEYS[action] ?? [action]).map((key) => NAMES[key] ?? key.toUpperCase());

/** Adds what the kinds of these questions understand. @param {Question[]} questions */
export function paintKeys(questions) {
  const kinds = new Set(questions.map((question) => question.kind));
  const rows = [...kinds].flatMap((kind) => parts.kind(kind).keys ?? []).map(([what, words]) => {
    const keys = what.split(" ").flatMap((each) => (KEYS[each] ? named(each)[0] : each));
    return make("div", "", make("dt", "", ...keys.map((key) => make("kbd", "", key))), make("dd", "", words));
  });
  byId("kind-keys").replaceChildren(...rows);
}

/** @param {string} id @param {string} name @param {string} otherwise */
function bindSetting(id, name, otherwise) {
  const box = /** @type {HTMLInputElement} */ (byId(id));
  box.checked = setting(name, otherwise) === "on";
  box.addEventListener("change", () => {
    keep(name, box.checked ? "on" : "off");
    paintHints();
  });
}

bindSetting("use-keys", "keys", "on");
bindSetting("at-once", "atonce", "off");
