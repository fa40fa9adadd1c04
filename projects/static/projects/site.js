// What every page needs from script: theme and menus.

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

const chosen = root.dataset.theme ?? "system";
for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[name=theme]"))) {
  input.checked = input.value === chosen;
  input.addEventListener("change", () => setTheme(input.value));
}

// Menus close by Escape (focus goes back) and by a press outside.
const openMenus = () => /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.menu[open]"));
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

// Signing out waits until what this browser keeps was sent. A page that keeps things does it itself.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.dataset.signOut || event.defaultPrevented) return;
  event.preventDefault();
  import(form.dataset.signOut).then((part) => part.leave(form)).catch(() => form.submit());
});
