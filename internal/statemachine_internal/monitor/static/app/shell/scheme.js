/** Dark and light: the system's choice, unless somebody chose here. */
import { signal } from "../html.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

/** @type {import("../../vendor/signals.js").Signal<"light"|"dark">} what is shown now */
export const scheme = signal(shown());

system.addEventListener("change", () => (scheme.value = shown()));

/** Show the other scheme, and remember it; where that is the system's own, follow the system again. */
export function switchScheme() {
  const wanted = scheme.value === "dark" ? "light" : "dark";
  if (wanted === (system.matches ? "dark" : "light")) {
    delete root.dataset.scheme;
    localStorage.removeItem("scheme");
  } else {
    root.dataset.scheme = wanted;
    localStorage.setItem("scheme", wanted);
  }
  scheme.value = shown();
}

function shown() {
  return root.dataset.scheme ?? (system.matches ? "dark" : "light");
}
