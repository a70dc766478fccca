/** What the stream doesn't carry: context, timers, inbox, unit. It is asked for again as the machine moves. */
import { untracked, useSignal, useSignalEffect } from "../../html.js";
import { generation } from "../../live/streams.js";
import { machine, names } from "../../live/machines.js";
import { usePaced } from "../../parts/paced.js";
import { machineDetail } from "../../server/calls.js";

const PAUSE = 400; // milliseconds

/** @param {string} name */
export function useDetail(name) {
  const detail = useSignal(/** @type {any} */ (null));
  const poke = usePaced(async () => machine(name) && (detail.value = await machineDetail(name)), PAUSE, [name]);
  useSignalEffect(() => {
    names.value;
    generation.value;
    machine(name)?.value;
    untracked(poke);
  });
  return detail;
}
