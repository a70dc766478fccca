/** Who wants the rows of a frame as they come: pages subscribe while they are shown, and keep what they need. */
import { signal, useEffect } from "../html.js";

/** @typedef {"transitions"|"activity"|"jobs"|"messages"|"removed_jobs"} Topic */

/** @type {Map<Topic, Set<(rows: any[]) => void>>} */
const listeners = new Map();

/** Whether the stream has begun for what the page shows: from then on it tells of every change. */
export const begun = signal(false);

/** Grows when the stream had to begin anew: what a page has loaded may have holes, so it loads again. */
export const generation = signal(0);

/** @type {import("../../vendor/signals.js").Signal<Record<string, number>|null>} jobs by status */
export const jobCounts = signal(null);

/** Since the page was opened: state changes that came, and those that the server left out because they were too many. */
export const seen = { transitions: 0, skipped: 0 };

/** @param {Topic} topic @param {any[]} rows */
export function publish(topic, rows) {
  for (const listener of listeners.get(topic) ?? []) listener(rows);
}

/**
 * Load what the stream goes on from: once it has begun, and again after each disconnection.
 * @param {() => void} load
 */
export function useBegun(load) {
  useEffect(() => {
    if (begun.value) load();
  }, [begun.value, generation.value]);
}

/**
 * @param {Topic} topic
 * @param {(rows: any[]) => void} listener
 * @param {unknown[]} [inputs]
 */
export function useStream(topic, listener, inputs = []) {
  useEffect(() => {
    const all = listeners.get(topic) ?? new Set();
    listeners.set(topic, all);
    all.add(listener);
    return () => void all.delete(listener);
  }, inputs);
}
