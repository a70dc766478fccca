/** What the stream doesn't carry: context, timers, inbox, unit. It is asked for again as the machine moves. */
import { untracked, useSignal, useSignalEffect } from "../../html.js";
import { generation, useStream } from "../../live/streams.js";
import { machine, names } from "../../live/machines.js";
import { usePaced } from "../../parts/paced.js";
import { machineDetail } from "../../server/calls.js";

const PAUSE = 400; // milliseconds

/** @param {string} name @returns {{detail: {value: any}, look: () => void}} `look` asks again at once */
export function useDetail(name) {
  const detail = useSignal(/** @type {any} */ (null));
  const poke = usePaced(async () => machine(name) && (detail.value = await machineDetail(name)), PAUSE, [name]);
  useStream("messages", poke, [name]); // an event that is ignored changes nothing else
  useSignalEffect(() => {
    names.value;
    generation.value;
    machine(name)?.value;
    untracked(poke);
  });
  return { detail, look: poke };
}
