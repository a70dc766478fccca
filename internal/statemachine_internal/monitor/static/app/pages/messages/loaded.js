/** The last messages, oldest first; a later status takes the earlier one's place. */
import { useListing, pages } from "../../live/listing.js";
import { listEvents } from "../../server/calls.js";

const PAGE = 80;
const KEPT = 400;

/** @param {{machine: string, status: string}} filter */
export function useMessages({ machine, status }) {
  // The server filters by one end; a machine's messages are those of both.
  const ends = machine ? [{ target: machine }, { source: machine }] : [{}];
  return useListing({
    topic: "messages",
    ask: async (cursors = ends.map(() => undefined)) => {
      const found = await Promise.all(
        ends.map((end, index) =>
          cursors[index] === null
            ? { items: [], next: null }
            : pages((before) => listEvents({ ...end, status, limit: PAGE, before }), cursors[index], PAGE),
        ),
      );
      const next = found.map((page) => page.next);
      return { items: found.flatMap((page) => page.items), next: next.every((each) => each === null) ? null : next };
    },
    fits: ({ source, target, status: now }) =>
      (!machine || source === machine || target === machine) && (!status || now === status),
    id: (message) => message.id,
    order: (message) => message.id,
    before: (id) => ends.map(() => id),
    kept: KEPT,
  });
}
