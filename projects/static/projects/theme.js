// Sets the chosen theme before the first paint; runs blocking, so it stays this small.
try {
  const theme = localStorage.getItem("overread.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is then used.
}
