/** The lines of the log, oldest first. */
import { useListing, pages } from "../../live/listing.js";
import { listActivity } from "../../server/calls.js";
import { levelOf } from "./line.js";

const PAGE = 200;
const KEPT = 1000;

/** @param {string} machine @param {string} level */
export function useLines(machine, level) {
  return useListing({
    topic: "activity",
    ask: (cursor) => pages((before) => listActivity({ machine, level, limit: PAGE, before }), cursor, PAGE),
    fits: (row) => (!machine || row.machine_name === machine) && (!level || levelOf(row) === level),
    id: (row) => row.id,
    order: (row) => row.id,
    kept: KEPT,
  });
}
