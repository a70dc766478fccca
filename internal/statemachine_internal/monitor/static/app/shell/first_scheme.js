// Runs before the first paint, so that whoever chose a scheme never sees the other one flash by.
(() => {
  const chosen = localStorage.getItem("scheme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
})();
