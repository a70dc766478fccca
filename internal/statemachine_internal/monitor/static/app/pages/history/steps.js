/** From one change to the next. */
import { machineAt, machineHistory } from "../../server/calls.js";

const SECOND = 1000; // milliseconds

/**
 * The moment of the change before, or after, a moment.
 * @param {string|null} machine  whose changes; null steps by a second
 * @param {string} time
 * @param {-1|1} way
 * @returns {Promise<string|null>}
 */
export async function step(machine, time, way) {
  if (machine === null) return new Date(Date.parse(time) + way * SECOND).toISOString();
  const { id } = await machineAt(machine, { time });
  if (way === 1) return (await changes(machine, { after: id }, 1))[0]?.timestamp ?? null;
  const earlier = await changes(machine, { before: id + 1 }, 2);
  // One that stands on a change goes to the one before it; one that stands between two, to the earlier of them.
  return earlier.find((row) => micros(row.timestamp) < micros(time))?.timestamp ?? null;
}

/** @param {string} machine @param {{before?: number, after?: number}} where @param {number} most */
async function changes(machine, where, most) {
  const found = [];
  let from = where;
  for (;;) {
    const page = await machineHistory(machine, { ...from, type: "state_change", limit: most });
    found.push(...page.items.filter((/** @type {any} */ row) => !row.payload.internal));
    if (page.next === null || found.length >= most) return found;
    from = "after" in where ? { after: page.next } : { before: page.next };
  }
}

/** As a text that sorts by time, to the microsecond. @param {string} time */
const micros = (time) => time.replace("Z", "").padEnd(26, "0");
