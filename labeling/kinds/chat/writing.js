// A field for a note or a correction, in which people write as in one of kind `text`.

import { make } from "../../screen.js";
import { writing } from "../text/control.js";

const LINES = 2;

/** @param {string} name what readers of the screen call it @param {(text: string) => void} told */
export function field(name, told) {
  const area = make("textarea", "text-field");
  Object.assign(area, { rows: LINES, dir: "auto", spellcheck: true });
  area.setAttribute("aria-label", name);
  return { area, ...writing(area, LINES, () => told(area.value)) };
}
