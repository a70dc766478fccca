/** What the page shows, which is what the server need send: of the machines the pages say which. */
import { signal, useEffect, useMemo } from "../html.js";
import { begun } from "./streams.js";

/**
 * @typedef {object} Shown
 * @property {string[]|"*"} machines  of whom it is to be told
 * @property {string[]} topics
 */

const NOTHING = /** @type {Shown} */ ({ machines: "*", topics: ["machines"] });

/** @type {import("../../vendor/signals.js").Signal<Shown>} */
export const shown = signal(NOTHING);

/**
 * Ask for topics beside the machines' states, as long as the component is shown.
 * @param {string[]|"*"} machines
 * @param {string[]} topics
 */
export function useShown(machines, topics) {
  // Before what stands inside is drawn, and so before it asks whether the stream has begun.
  useMemo(() => void (begun.value = false), [String(machines), topics.join()]);
  useEffect(() => {
    const mine = { machines, topics: ["machines", ...topics] };
    shown.value = mine;
    return () => {
      if (shown.peek() === mine) shown.value = NOTHING;
    };
  }, [String(machines), topics.join()]);
}
