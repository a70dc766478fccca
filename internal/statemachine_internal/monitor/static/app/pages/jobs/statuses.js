/** What a job may be, and what may be done about it then. */
export const STATUSES = ["pending", "scheduled", "processing", "completed", "failed", "cancelled"];

/** @type {Record<"retry"|"cancel"|"remove", {verb: string, from: string[], done: string}>} */
export const ORDERS = {
  retry: { verb: "Retry", from: ["failed", "cancelled"], done: "retried" },
  cancel: { verb: "Cancel", from: ["pending", "scheduled", "processing"], done: "cancelled" },
  remove: { verb: "Remove", from: ["pending", "scheduled", "completed", "failed", "cancelled"], done: "removed" },
};
