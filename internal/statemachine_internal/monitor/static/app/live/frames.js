/** What a frame means for what is known. */
import { batch } from "../html.js";
import { dropMachines, listed, putMachines } from "./machines.js";
import { generation, jobCounts, publish, seen } from "./streams.js";

/**
 * Take a frame in, all at once: nobody sees half of it.
 * @param {import("../types.js").Frame} frame
 * @param {object} meaning
 * @param {boolean} meaning.all  a full frame names every machine that is to be known
 * @param {boolean} meaning.anew  what was loaded before may have holes
 */
export function takeFrame(frame, { all, anew }) {
  batch(() => {
    if (frame.machines || frame.full) putMachines(frame.machines ?? [], Boolean(frame.full && all));
    if (frame.full) listed.value = true;
    if (frame.removed?.machines?.length) dropMachines(frame.removed.machines);
    if (frame.job_counts) jobCounts.value = frame.job_counts;
    if (anew) generation.value += 1;
    seen.transitions += frame.transitions?.filter((row) => !row.payload.internal).length ?? 0;
    seen.skipped += frame.skipped ?? 0;
    for (const topic of /** @type {const} */ (["transitions", "activity", "jobs", "messages"])) {
      const rows = frame[topic];
      if (rows?.length) publish(topic, rows);
    }
    if (frame.removed?.jobs?.length) publish("removed_jobs", frame.removed.jobs);
  });
}
