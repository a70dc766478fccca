/**
 * Whether the monitor can read its database. The stream is silent where it can't, as it is where nothing happens; so the
 * page asks now and then, and oftener while something is wrong.
 */
import { effect, signal } from "../html.js";
import { health } from "../server/calls.js";
import { announce } from "../shell/announce.js";
import { serverNow } from "./clock.js";
import { beginAnew, phase } from "./connection.js";
import { names } from "./machines.js";

const PAUSE = 2000; // milliseconds between two questions
const PAUSE_IN_TROUBLE = 500;

/** @typedef {{kind: "missing"|"unreadable", path: string, error: string|null}} Trouble */

/** @type {import("../../vendor/signals.js").Signal<Trouble|null>} */
export const trouble = signal(null);
/** When the database was last found to be readable, milliseconds; 0 for never. */
export const readableAt = signal(0);

let timer = 0;

/** Look at once, and from then on again and again while the page is seen. */
export function watchDatabase() {
  effect(() => void (phase.value === "live" && look()));
  document.addEventListener("visibilitychange", () => !document.hidden && look());
}

async function look() {
  clearTimeout(timer);
  timer = setTimeout(() => !document.hidden && look(), trouble.peek() ? PAUSE_IN_TROUBLE : PAUSE);
  if (phase.peek() === "lost") return; // that says enough
  try {
    const { database } = await health();
    found(database);
  } catch {
    // the connection says so
  }
}

/** @param {{path: string, exists: boolean, readable: boolean, error: string|null}} database */
function found({ path, exists, readable, error }) {
  const before = trouble.peek();
  // Where no machine has run yet there is none, and that is no fault.
  const gone = !exists && (readableAt.peek() > 0 || names.peek().length > 0);
  if (readable) readableAt.value = serverNow();
  if (readable || (!exists && !gone)) {
    trouble.value = null;
    if (!before) return;
    announce("The database can be read again");
    beginAnew(); // it may be another one
    return;
  }
  const kind = exists ? "unreadable" : "missing";
  if (before?.kind === kind && before.error === error) return;
  trouble.value = { kind, path, error };
  announce(kind === "missing" ? "The database is gone" : "The database can't be read");
}
