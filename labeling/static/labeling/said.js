// What was said, for kinds that show it in a line: the model's answer, and where answers differ.

import { make, say } from "./screen.js";
import { gettext, percent } from "./words.js";

/** A line for the model's answer; the function fills it, or hides it where there is none.
 * @param {HTMLElement} root @returns {(preLabel: PreLabel | null, words: (value: any) => string) => void} */
export function modelLine(root) {
  const line = make("p", "model-said muted small");
  root.append(line);
  return (preLabel, words) => {
    line.hidden = !preLabel;
    if (!preLabel) return;
    const answer = words(preLabel.value);
    const { confidence } = preLabel;
    const sure = typeof confidence === "number";
    say(line, sure ? gettext("Model: {answer} · {share}", { answer, share: percent(confidence) }) : gettext("Model: {answer}", { answer }));
  };
}

/** Parts of an answer in a row, those marked that other answers have not.
 * @param {{text: string, differs: boolean}[]} parts @param {string} joint @returns {(Node | string)[]} */
export const listed = (parts, joint) =>
  parts.flatMap(({ text, differs }, at) => [at ? joint : "", differs ? make("mark", "", text) : text]).filter(Boolean);
