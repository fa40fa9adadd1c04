// What every page needs from script: theme, menus, local times, copying, page keys, confirming.

const root = document.documentElement;

/** @param {string} value "system", "light" or "dark" */
function setTheme(value) {
  if (value === "system") delete root.dataset.theme;
  else root.dataset.theme = value;
  try {
    localStorage.setItem("overread.theme", value);
  } catch {
    // A private window may forbid storage; the choice then lasts for this page.
  }
}

function bindTheme() {
  const chosen = root.dataset.theme ?? "system";
  for (const input of document.querySelectorAll('input[name="theme"]')) {
    if (!(input instanceof HTMLInputElement)) continue;
    input.checked = input.value === chosen;
    input.addEventListener("change", () => setTheme(input.value));
  }
}

/** Menus close by Escape (focus goes back) and by a press outside. */
function bindMenus() {
  const open = () => /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.menu[open]"));
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

/** Server times are UTC; people read their own zone. The full time stays in the title. */
function localTimes() {
  const near = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
    if (Number.isNaN(at.valueOf()) || time.hasAttribute("data-keep")) continue;
    /** @type {HTMLTimeElement} */ (time).title ||= at.toISOString();
    time.textContent = near.format(at);
  }
}

/** <button data-copy="#id"> copies that element's text and says so. */
function bindCopying() {
  document.addEventListener("click", async (event) => {
    const button = /** @type {Element} */ (event.target).closest?.("[data-copy]");
    if (!button) return;
    const source = document.querySelector(/** @type {HTMLElement} */ (button).dataset.copy ?? "");
    await navigator.clipboard.writeText(source?.textContent?.trim() ?? "");
    button.textContent = "Copied";
  });
}

/** <form data-confirm="Sentence?"> asks before it is sent. */
function bindConfirming() {
  document.addEventListener("submit", (event) => {
    const text = /** @type {HTMLElement} */ (event.target).dataset.confirm;
    if (text && !window.confirm(text)) event.preventDefault();
  });
}

/** <a data-key="Enter"> is followed by that key, unless a control has the focus. */
function bindKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.activeElement && document.activeElement !== document.body) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (target instanceof HTMLElement) target.click();
  });
}

bindTheme();
bindMenus();
localTimes();
bindCopying();
bindConfirming();
bindKeys();
