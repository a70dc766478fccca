/** One order for any number of jobs, some hundreds at a time, with what was done so far on the page and a way to stop. */
import { orderJobs } from "../../server/calls.js";
import { beginWork, notice } from "../../shell/notices.js";
import { counted } from "../../parts/counted.js";
import { ORDERS } from "./statuses.js";

/** @typedef {keyof typeof ORDERS} Action */
/** @typedef {{id: string, detail: string}} Refusal */

const AT_ONCE = 200;

/**
 * @param {Action} action
 * @param {{status?: string, type?: string} | {ids: string[]}} which
 * @param {number|null} expected  how many there are, where that is known
 * @returns {Promise<boolean>} whether it came to its end
 */
export async function orderInPages(action, which, expected) {
  const work = beginWork(words(action, 0, expected));
  /** @type {Refusal[]} */
  const refused = [];
  let done = 0;
  let fault = "";
  try {
    for await (const answer of answers(action, which)) {
      done += answer.done;
      refused.push(...answer.refused);
      work.say(words(action, done, expected), expected ? Math.min(1, (done + refused.length) / expected) : null);
      if (work.stopped && answer.more) {
        fault = "stopped there";
        break;
      }
    }
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  work.end();
  notice(outcome(action, done, refused, fault), fault && !work.stopped ? "error" : "done");
  return !fault;
}

/**
 * The server's answers, one after the other.
 * @param {Action} action @param {{status?: string, type?: string} | {ids: string[]}} which
 */
async function* answers(action, which) {
  if ("ids" in which) {
    for (let at = 0; at < which.ids.length; at += AT_ONCE) {
      const answer = await orderJobs({ action, ids: which.ids.slice(at, at + AT_ONCE) });
      yield { ...answer, more: at + AT_ONCE < which.ids.length };
    }
    return;
  }
  let before = null;
  do {
    const answer = await orderJobs({ action, ...which, limit: AT_ONCE, ...(before !== null && { before }) });
    before = answer.next;
    yield { ...answer, more: before !== null };
  } while (before !== null);
}

/** @param {Action} action @param {number} done @param {number|null} expected */
const words = (action, done, expected) =>
  `${counted(done)}${expected ? ` of ${counted(expected)}` : ""} jobs ${ORDERS[action].done}…`;

/** How it ended, in words: what was done, what was refused and why, and whether that was all. @param {Action} action @param {number} done @param {Refusal[]} refused @param {string} fault */
function outcome(action, done, refused, fault) {
  const reasons = refused.length
    ? `, ${counted(refused.length)} refused: ${refused[0].detail}${refused.length > 1 ? ` (and ${counted(refused.length - 1)} more)` : ""}`
    : "";
  const end = fault ? `; ${fault}` : "";
  return `${counted(done)} ${done === 1 ? "job" : "jobs"} ${ORDERS[action].done}${reasons}${end}`;
}
