// Type `text`: as it is, each line in the direction of its own writing (viewer.css).
// The text nodes together are exactly the text: kinds that mark places count on it.

import { make } from "../../screen.js";

// Characters without a shape that change what is read; joiners only where they join nothing.
const JOINED = String.raw`[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]`;
const UNSEEN = new RegExp(
  String.raw`[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]` +
    String.raw`|(?<!${JOINED})[\u200c\u200d]|[\u200c\u200d](?!${JOINED})|\r(?!\n)`,
  "gu",
);
const NAMES = /** @type {Record<string, string>} */ ({
  "\xad": "SHY", "\u061c": "ALM", "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u200e": "LRM", "\u200f": "RLM",
  "\u2028": "LS", "\u2029": "PS", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO",
  "\u2060": "WJ", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI", "\ufeff": "BOM",
});

/** @param {string} char */
const nameOf = (char) => NAMES[char] ?? `U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

/** The character itself, with its name before it. @param {string} char */
function named(char) {
  const element = make("span", "char", char);
  element.dataset.name = nameOf(char);
  return element;
}

/** @param {Field} field @param {unknown} value */
export function build(field, value) {
  const text = String(value);
  const body = make("div", "text-body");
  let end = 0;
  for (const { 0: char, index } of text.matchAll(UNSEEN)) {
    if (index > end) body.append(text.slice(end, index));
    // a return alone ends a line too
    body.append(...(char === "\r" ? [char, make("br")] : [named(char)]));
    end = index + char.length;
  }
  if (end < text.length) body.append(text.slice(end));
  const element = make("div", "item-text", body);
  element.dir = field.dir ?? "auto";
  return element;
}
