// For server-written pages, not the workbench: local times, copying, page keys, asking first.

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

/** Where the sections do not fit beside each other, one sees which one this is. */
function showSection() {
  const current = document.querySelector(".sections [aria-current]");
  current?.scrollIntoView({ block: "nearest", inline: "center" });
}

localTimes();
showSection();
bindCopying();
bindConfirming();
bindKeys();
