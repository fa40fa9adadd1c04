// Brightness and contrast of pictures; loaded when somebody first asks for them.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";

/** @typedef {Record<string, number>} Light how light pictures are shown */

/** @param {Bar} bar @param {Light} light kept by the bar, changed here */
export function open(bar, light) {
  if (bar.light.childElementCount > 1) return;
  const panel = make("div", "viewer-panel card",
    slider(bar, light, gettext("Brightness"), "brightness"),
    slider(bar, light, gettext("Contrast"), "contrast"),
  );
  const reset = make("button", "button button-small", gettext("As it is"));
  reset.type = "button";
  reset.onclick = () => {
    for (const input of panel.querySelectorAll("input")) {
      input.value = "1";
      set(bar, light, input.name, 1);
    }
  };
  panel.append(reset);
  bar.light.append(panel);
}

/** @param {Bar} bar @param {Light} light @param {string} name @param {number} value */
function set(bar, light, name, value) {
  light[name] = value;
  bar.shine();
  try {
    sessionStorage.setItem(`overread.${name}`, String(value));
  } catch {
    // Without storage it lasts for this page.
  }
}

/** @param {Bar} bar @param {Light} light @param {string} words @param {string} name */
function slider(bar, light, words, name) {
  const input = make("input");
  Object.assign(input, { type: "range", name, min: "0.2", max: "3", step: "0.1", value: String(light[name]) });
  input.addEventListener("input", () => set(bar, light, name, Number(input.value)));
  // Its own arrows; the page's keys would take them.
  input.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) event.stopPropagation();
  });
  return make("label", "", words, input);
}
