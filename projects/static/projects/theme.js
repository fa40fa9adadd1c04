// Sets the chosen theme before the first paint, and says that scripts run; blocking, so it stays this small.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("overread.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is then used.
}
