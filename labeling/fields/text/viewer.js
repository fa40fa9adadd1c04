// Type `text`: as it is, each line in the direction of its own writing.

import { make } from "../../screen.js";

/** @param {Field} _field @param {unknown} value */
export function build(_field, value) {
  const element = make("div", "item-text", String(value));
  element.dir = "auto";
  return element;
}
