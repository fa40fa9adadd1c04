// The switches in the list of keys. Loaded when the list is first opened.

import { byId, keep, paintKeys, setting } from "./screen.js";

/** @param {string} id @param {string} name @param {string} otherwise */
function bindSetting(id, name, otherwise) {
  const box = /** @type {HTMLInputElement} */ (byId(id));
  box.checked = setting(name, otherwise) === "on";
  box.addEventListener("change", () => {
    keep(name, box.checked ? "on" : "off");
    paintKeys();
  });
}

bindSetting("use-keys", "keys", "on");
bindSetting("at-once", "atonce", "off");
