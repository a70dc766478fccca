/** What may keep a machine from moving, in words. Pure. */

/**
 * @param {import("../../types.js").Machine} machine
 * @param {{takes?: string[], timers?: {name: string}[]}|null} detail
 * @param {boolean} stale  the page is disconnected
 * @returns {string[]} at least one
 */
export function reasons(machine, detail, stale) {
  const { pending, paused, running, status, state, job, waits_for } = machine;
  const found = [];
  if (stale) found.push("This page is disconnected: the machine may have moved on.");
  if (paused || status === "paused") found.push("It is paused: events are kept until it is resumed.");
  if (status === "finished") found.push("It has come to its end. The next event starts it anew.");
  else if (status === "failed") found.push(`Its process failed${machine.last_error ? `: ${machine.last_error}` : "."}`);
  else if (!running && !(paused || status === "paused")) {
    found.push(pending ? "No process runs it: what waits is taken up when it is started." : "No process runs it.");
  }
  if (running && status === "running")
    found.push("An action is at work: events are taken up when it is done, unless they interrupt it.");
  if (waits_for) found.push(waiting(waits_for));
  if (job) found.push(`It works on the job ${job.id}.`);
  if (detail?.takes && status !== "finished") {
    const takes = detail.takes.length ? detail.takes.join(", ") : "no event at all";
    const timers = detail.timers?.length
      ? `, and moves on by itself with ${detail.timers.map((timer) => timer.name).join(", ")}`
      : "";
    found.push(`In ${state} it takes ${takes}${timers}.`);
  }
  return found.length ? found : ["It stands ready."];
}

/** @param {any} what */
function waiting(what) {
  if (what.jobs_for) {
    const { type, machine_type } = what.jobs_for;
    return `It waits for a job${type ? ` of type ${type}` : ""}${machine_type ? ` for ${machine_type}` : ""}: none is there.`;
  }
  if (Array.isArray(what.jobs))
    return `It waits for ${what.jobs.length === 1 ? "the job" : "the jobs"} ${what.jobs.slice(0, 5).join(", ")}${what.jobs.length > 5 ? " and others" : ""}.`;
  if (what.machine) return `It waits for the machine ${what.machine}.`;
  return `It waits for ${JSON.stringify(what)}.`;
}
