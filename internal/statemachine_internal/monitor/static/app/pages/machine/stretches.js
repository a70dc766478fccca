/** Changes of state as stretches of time. Pure. */

/**
 * @param {import("../../types.js").FeedItem[]} rows  newest first
 * @param {number} begin  milliseconds
 * @param {number} end
 * @returns {{id: number, state: string, from: number, to: number}[]} oldest first; where nothing is known there is none
 */
export function stretches(rows, begin, end) {
  const found = [];
  let to = end;
  for (const { id, type, payload, timestamp } of rows) {
    const state =
      type === "state_change" && !payload.internal
        ? payload.to
        : type === "machine_registered" && !payload.resumed
          ? payload.state
          : undefined;
    if (state === undefined) continue;
    const from = Date.parse(timestamp);
    if (from < to) found.push({ id, state: String(state), from: Math.max(from, begin), to });
    to = Math.min(to, from);
    if (from <= begin) break;
  }
  return found.reverse();
}
