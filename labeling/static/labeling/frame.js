// A frame for what strangers wrote: nothing in it runs, asks for anything or leads anywhere.

import { make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {string | undefined} html made safe by the server @param {string} name */
export function framed(html, name) {
  if (!html) return make("p", "notice notice-warn", gettext("Nothing of “{name}” can be shown safely. Flag the task (F) or skip it (S).", { name }));
  const style = document.querySelector('link[href*="labeling/frame."]');
  const frame = make("iframe", "item-frame");
  frame.setAttribute("sandbox", "");
  frame.title = name;
  const theme = document.documentElement.dataset.theme ?? "";
  frame.srcdoc = `<!doctype html><html data-theme="${theme}"><link rel="stylesheet" href="${style?.getAttribute("href") ?? ""}"><body class="framed">${html}</body></html>`;
  return frame;
}
