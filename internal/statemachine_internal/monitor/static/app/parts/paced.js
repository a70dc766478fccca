/** Something that is asked for again and again, but never twice at once, and never more often than every so many milliseconds. */
import { useEffect, useRef } from "../html.js";

/**
 * @param {() => Promise<unknown>} ask
 * @param {number} pause  milliseconds from an answer to the next question
 * @param {unknown[]} inputs  a change of one of them begins anew
 * @returns {() => void} call it when there may be something new
 */
export function usePaced(ask, pause, inputs) {
  const latest = useRef(ask);
  latest.current = ask;
  const state = useRef({ busy: false, again: false, stopped: false });
  const poke = useRef(() => {
    const mine = state.current;
    mine.again = true;
    if (mine.busy || mine.stopped) return;
    mine.busy = true;
    const turn = () => {
      if (mine.stopped || !mine.again) return void (mine.busy = false);
      mine.again = false;
      latest
        .current()
        .catch(() => {})
        .then(() => setTimeout(turn, pause));
    };
    turn();
  });
  useEffect(() => {
    state.current = { busy: false, again: false, stopped: false };
    poke.current();
    return () => void (state.current.stopped = true);
  }, inputs);
  return poke.current;
}
