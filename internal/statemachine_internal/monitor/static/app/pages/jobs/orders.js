/** Orders for jobs; those that can't be undone, or that concern many, are asked about first. */
import { confirmed } from "../../parts/confirm.js";
import { orderJob } from "../../server/calls.js";
import { doing } from "../../shell/notices.js";
import { orderInPages } from "./many.js";
import { ORDERS } from "./statuses.js";

/** @typedef {"retry"|"cancel"|"remove"} Action */

/** @type {Record<Action, string>} */
const EFFECT = {
  retry: "They go back into the queue, with their tries counted anew.",
  cancel: "Those at work are stopped as soon as their machine notices.",
  remove: "They are gone for good, with their output. This can't be undone.",
};

/** @param {Action} action @param {string} id */
export async function orderOne(action, id) {
  if (
    action !== "retry" &&
    !(await confirmed({
      title: `${ORDERS[action].verb} ${id}?`,
      text:
        action === "remove"
          ? "The job and its output are gone for good. This can't be undone."
          : "It is not taken up again unless it is retried; if it is at work, its machine is told.",
      verb: `${ORDERS[action].verb} it`,
    }))
  )
    return undefined;
  return doing(
    () => orderJob(id, action),
    () => `${id} was ${ORDERS[action].done}`,
  );
}

/**
 * @param {Action} action
 * @param {{status?: string, type?: string} | {ids: string[]}} which
 * @param {string} words
 * @param {number|null} expected  how many there are, where that is known
 */
export async function orderMany(action, which, words, expected) {
  const { verb } = ORDERS[action];
  if (!(await confirmed({ title: `${verb} ${words}?`, text: EFFECT[action], verb: `${verb} ${words}` })))
    return false;
  return orderInPages(action, which, expected);
}
