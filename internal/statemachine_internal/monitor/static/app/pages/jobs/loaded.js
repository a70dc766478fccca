/** A list of jobs, oldest first. */
import { useListing, pages } from "../../live/listing.js";
import { listJobs } from "../../server/calls.js";

/**
 * @param {{status?: string, type?: string, machine?: string}} filter
 * @param {number} limit  of one page
 * @param {number} kept  of all that are listed
 */
export function useJobs(filter, limit, kept) {
  const { status, type, machine } = filter;
  return useListing({
    topic: "jobs",
    ask: (cursor) => pages((before) => listJobs({ ...filter, limit, before }), cursor, limit),
    fits: (job) =>
      (!status || job.status === status) && (!type || job.type === type) && (!machine || job.machine === machine),
    id: (job) => job.id,
    order: (job) => job.seq,
    kept,
  });
}
