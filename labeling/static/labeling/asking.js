// Asks for a short reason in the page's own dialogs.

import { byId } from "./screen.js";

/** Opens at once: keys that follow belong to it. @param {string} what @param {(reason: string) => void} then */
export function askReason(what, then) {
  const box = /** @type {HTMLDialogElement} */ (byId(`ask-${what}`));
  const own = /** @type {HTMLInputElement} */ (box.querySelector("input"));
  own.value = "";
  box.onsubmit = ({ submitter }) => {
    const chosen = submitter?.getAttribute("value");
    const reason = chosen === "own" ? own.value.trim() : chosen;
    if (reason) then(reason);
  };
  box.showModal();
  own.focus();
}
