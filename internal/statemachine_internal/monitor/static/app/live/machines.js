/** The machines as they are now: one signal each, so that a change touches what shows that machine and nothing else. */
import { signal } from "../html.js";

/** @typedef {import("../types.js").Machine} Machine */

/** @type {Map<string, import("../../vendor/signals.js").Signal<Machine>>} */
const known = new Map();

/** @type {import("../../vendor/signals.js").Signal<string[]>} in order; changes only when machines come and go */
export const names = signal([]);

/** False until the first list has come, of all machines or of those that the page shows. */
export const listed = signal(false);

/** @param {string} name */
export const machine = (name) => known.get(name);

/** All machines as they are; reading it outside of a component or effect subscribes to nothing. */
export const everyMachine = () => names.value.flatMap((name) => known.get(name)?.value ?? []);

/**
 * @param {Machine[]} changed
 * @param {boolean} full  there are no others
 */
export function putMachines(changed, full) {
  for (const each of changed) {
    const there = known.get(each.name);
    if (there) there.value = each;
    else known.set(each.name, signal(each));
  }
  if (full) {
    const here = new Set(changed.map((each) => each.name));
    for (const name of known.keys()) if (!here.has(name)) known.delete(name);
  }
  renew();
}

/** @param {string[]} gone */
export function dropMachines(gone) {
  for (const name of gone) known.delete(name);
  renew();
}

const byName = new Intl.Collator("en", { numeric: true });

function renew() {
  const now = names.peek();
  if (now.length === known.size && now.every((name) => known.has(name))) return;
  names.value = [...known.keys()].sort(byName.compare);
}
