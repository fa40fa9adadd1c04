// Single-key shortcuts: one map for all kinds; they can be switched off (WCAG 2.1.4).

/** @param {string} name @param {string} otherwise */
export function setting(name, otherwise) {
  try {
    return localStorage.getItem(`overread.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {string} value */
export function keep(name, value) {
  try {
    localStorage.setItem(`overread.${name}`, value);
  } catch {
    // Without storage the choice lasts for this page.
  }
}

/** By the place of the key, so that it works on every keyboard layout. @param {KeyboardEvent} event */
export function digit(event) {
  return (!event.shiftKey && /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1]) || "";
}

/** @param {Element | null} target */
const isTyping = (target) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["radio", "checkbox"].includes(target.type));

/**
 * @param {Record<string, () => void>} actions by key
 * @param {(event: KeyboardEvent) => boolean} others asked when no action has the key
 */
export function bindKeys(actions, others) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (setting("keys", "on") === "off" || document.querySelector("dialog[open]")) return;
    const target = /** @type {Element | null} */ (event.target);
    if (isTyping(target)) return;
    const isControl = target?.closest("button, a, summary");
    if (isControl && (event.key === "Enter" || event.key === " ")) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action) {
      event.preventDefault();
      // A key held down is one press, not twenty answers.
      if (!event.repeat) action();
    } else if (others(event)) event.preventDefault();
  });
}
