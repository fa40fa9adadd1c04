// What follows a moment later, because only some people need the script for it.

import { make } from "./screen.js";

/** A line for each answer; what differs takes its place once its script is here.
 * @param {string[]} lines @param {Promise<(Node | string)[]>} shown @returns {HTMLElement[]} */
export function filledLater(lines, shown) {
  const places = lines.map((line) => make("div", "", line));
  shown.then((all) => all.forEach((one, at) => places[at].replaceChildren(one)), () => {});
  return places;
}
