/** The server's time, once a second; a browser's own clock may be wrong. */
import { signal } from "../html.js";
import { health } from "../server/calls.js";

let ahead = 0; // milliseconds the server's clock is before ours

/** @type {import("../../vendor/signals.js").Signal<number>} milliseconds since 1970 */
export const now = signal(Date.now());

/** The server's time at this very moment. */
export const serverNow = () => Date.now() + ahead;

setInterval(() => {
  if (!document.hidden) now.value = serverNow();
}, 1000);
document.addEventListener("visibilitychange", () => (now.value = serverNow()));

/** Compare the clocks; half of the round trip is taken for the way there. */
export async function compareClocks() {
  const before = Date.now();
  const { time } = await health();
  const after = Date.now();
  ahead = Date.parse(time) - (before + after) / 2;
  if (Math.abs(ahead) < 250) ahead = 0; // that is the network, not the clock
  now.value = serverNow();
}
