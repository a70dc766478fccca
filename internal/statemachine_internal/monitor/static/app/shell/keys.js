/** One listener for all keys. What is bound is listed by `?`, so that no key works in secret. */
import { signal, useEffect } from "../html.js";

/**
 * @typedef {object} Binding
 * @property {string} keys  one key, or two in turn: "g o"
 * @property {string} what  what it does, as the list says it
 * @property {(event: KeyboardEvent) => void} run
 */

const PAUSE = 900; // milliseconds between the two keys of a pair

/** @type {import("../../vendor/signals.js").Signal<{title: string, bindings: Binding[]}[]>} */
export const bound = signal([]);

/** Single keys can be in the way of those who speak to their computer (WCAG 2.1.4). */
export const keysOn = signal(localStorage.getItem("keys") !== "off");

export function switchKeys() {
  keysOn.value = !keysOn.value;
  localStorage.setItem("keys", keysOn.value ? "on" : "off");
}

/**
 * Bind keys as long as the component is shown.
 * @param {string} title
 * @param {Binding[]} bindings
 * @param {unknown[]} [inputs]
 */
export function useKeys(title, bindings, inputs = []) {
  useEffect(() => {
    const group = { title, bindings };
    bound.value = [...bound.value, group];
    return () => {
      bound.value = bound.value.filter((each) => each !== group);
    };
  }, inputs);
}

let before = "";
let beforeAt = 0;

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const pair = event.timeStamp - beforeAt < PAUSE ? `${before} ${event.key}` : "";
  const all = bound.value.flatMap((group) => group.bindings).reverse(); // the page's come before the shell's
  const found = all.find((each) => each.keys === pair) ?? all.find((each) => each.keys === event.key);
  before = event.key;
  beforeAt = event.timeStamp;
  if (!found || (!keysOn.value && found.keys !== "?" && found.keys !== "Escape")) return;
  event.preventDefault();
  before = "";
  found.run(event);
});

/** @param {EventTarget|null} target */
function typing(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      (target.matches("input, textarea, select") && !target.matches("[type=checkbox], [type=radio]")))
  );
}
