// A field for a note or a correction: told at the first letter and after each pause, as one change each.

import { byId, make } from "../../screen.js";

const PAUSE = 600;

/** @param {string} name what readers of the screen call it @param {(text: string) => void} told */
export function field(name, told) {
  const area = make("textarea", "text-field");
  Object.assign(area, { rows: 2, dir: "auto", spellcheck: true });
  area.setAttribute("aria-label", name);
  let timer = 0;
  let last = "";

  function tell() {
    if (last === area.value) return;
    last = area.value;
    told(area.value);
  }

  function finish() {
    clearTimeout(timer);
    timer = 0;
    tell();
  }

  area.addEventListener("input", () => {
    if (!timer) tell();
    clearTimeout(timer);
    timer = setTimeout(finish, PAUSE);
  });
  area.addEventListener("change", finish);
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const submits = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (!submits && event.key !== "Escape") return;
    event.preventDefault();
    if (event.repeat) return;
    finish();
    if (submits) area.form?.requestSubmit();
    else byId("fields").focus({ preventScroll: true });
  });

  return {
    area,
    finish,
    /** @param {string} text */
    show(text) {
      clearTimeout(timer);
      timer = 0;
      if (area.value !== text) area.value = text;
      last = text;
    },
  };
}
