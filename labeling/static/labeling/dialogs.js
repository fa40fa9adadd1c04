// Asks for a short reason, shows the keys, and guards signing out while answers wait.

import { byId, make } from "./dom.js";
import { keep, setting } from "./keys.js";
import { paintKeys } from "./screen.js";

/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (byId(id));

/** @type {((reason: string) => void) | null} */
let answered = null;

/**
 * @param {{title: string, text: string, button: string, common: string[]}} question
 * @param {(reason: string) => void} then
 */
export function askReason(question, then) {
  byId("reason-title").textContent = question.title;
  byId("reason-text").textContent = question.text;
  byId("reason-ok").textContent = question.button;
  const input = /** @type {HTMLInputElement} */ (byId("reason-input"));
  input.value = "";
  byId("reasons").replaceChildren(
    ...question.common.map((reason) => {
      const button = make("button", "button button-small", reason);
      button.type = "button";
      button.addEventListener("click", () => {
        input.value = reason;
        input.focus();
      });
      return button;
    }),
  );
  answered = then;
  dialog("reason-dialog").showModal();
  input.focus();
}

function bindReason() {
  byId("reason-cancel").addEventListener("click", () => dialog("reason-dialog").close());
  byId("reason-form").addEventListener("submit", () => {
    const reason = /** @type {HTMLInputElement} */ (byId("reason-input")).value.trim();
    if (reason) answered?.(reason);
  });
}

/** @param {string} id @param {string} name @param {string} otherwise */
function bindSetting(id, name, otherwise) {
  const box = /** @type {HTMLInputElement} */ (byId(id));
  box.checked = setting(name, otherwise) === "on";
  box.addEventListener("change", () => {
    keep(name, box.checked ? "on" : "off");
    paintKeys();
  });
}

export const showKeys = () => dialog("keys-dialog").showModal();

/** Signing out waits until everything is sent; then nothing of it stays on this machine.
 * @param {{pending: Kept[], drained: (patience: number) => Promise<boolean>}} outbox */
function bindSignOut(outbox) {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-sign-out]"));
  form?.addEventListener("submit", async (event) => {
    if (!outbox.pending.length) return;
    event.preventDefault();
    if (await outbox.drained(4000)) return form.submit();
    const count = outbox.pending.length;
    byId("leave-text").textContent = `${count} of your answers could not be sent yet. They stay in this browser and are sent when you sign in and open this queue again.`;
    const box = dialog("leave-dialog");
    box.onclose = () => box.returnValue === "leave" && form.submit();
    box.showModal();
  });
}

/** @param {{pending: Kept[], drained: (patience: number) => Promise<boolean>}} outbox */
export function bindDialogs(outbox) {
  bindReason();
  bindSetting("use-keys", "keys", "on");
  bindSetting("at-once", "atonce", "off");
  bindSignOut(outbox);
  paintKeys();
}
