// Keys that were pressed while a script was on its way: they do now what they would have done.

import { hear, isHolding, isTyping, presses } from "./keys.js";

/** @param {KeyboardEvent[]} events in the order of pressing */
export function replay(events) {
  for (const event of events) {
    const control = isHolding() ? null : presses(event);
    if (document.querySelector("dialog[open]") || isTyping(document.activeElement)) write(event.key);
    else if (control) event.repeat || control.click();
    else hear(event);
  }
}

/** Into the field that has the focus: a dialog opened, and this was meant for it. @param {string} key */
function write(key) {
  const field = document.activeElement;
  const isInput = field instanceof HTMLInputElement;
  // Its own keys first: Enter in a filter chooses, it hands nothing in.
  if (field && !field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))) return;
  if (key === "Escape") field?.closest("dialog")?.close();
  if (!isInput && !(field instanceof HTMLTextAreaElement)) return;
  if (key === "Enter" && isInput) return field.form?.requestSubmit(field.form.querySelector(":default"));
  const end = field.selectionEnd ?? 0;
  const text = key === "Enter" ? "\n" : key;
  if (text.length === 1) field.setRangeText(text, field.selectionStart ?? end, end, "end");
  else if (key === "Backspace" && end) field.setRangeText("", end - 1, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
