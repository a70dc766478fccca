/** Which lanes the sequence has: whoever sends or receives, where they first appeared; none wanders once it stands. */
import { useRef } from "../../html.js";

/** @param {import("../../types.js").Message[]} messages @returns {string[]} */
export function useLanes(messages) {
  const lanes = useRef(/** @type {string[]} */ ([]));
  const used = new Set(messages.flatMap((each) => [each.source, each.target]));
  const kept = lanes.current.filter((lane) => used.has(lane));
  lanes.current = [...kept, ...[...used].filter((lane) => !kept.includes(lane))];
  return lanes.current;
}
