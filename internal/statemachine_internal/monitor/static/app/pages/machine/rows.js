/** The machine's rows of the feed, newest first. New ones are read on by id, so that none can be missing between two. */
import { untracked, useRef, useSignal, useSignalEffect } from "../../html.js";
import { machine, names } from "../../live/machines.js";
import { generation, useStream } from "../../live/streams.js";
import { usePaced } from "../../parts/paced.js";
import { machineHistory } from "../../server/calls.js";

/** @typedef {import("../../types.js").FeedItem} FeedItem */
/** @typedef {{items: any, older: () => Promise<void>, complete: any, read: any}} Rows  `complete`: there are no older ones */

const PAGE = 100;
const KEPT = 2000;
const PAUSE = 250; // milliseconds

/** @param {string} name @returns {Rows} */
export function useRows(name) {
  const items = useSignal(/** @type {FeedItem[]} */ ([]));
  const complete = useSignal(false);
  const read = useSignal(false);
  const cursor = useRef(/** @type {number|null} */ (null));
  const era = useRef(generation.peek());
  const older = useRef(async () => {});
  older.current = async () => {
    const page = await machineHistory(name, { limit: PAGE, before: cursor.current });
    const known = items.peek().at(-1)?.id ?? Infinity;
    items.value = [...items.peek(), ...page.items.filter((/** @type {FeedItem} */ each) => each.id < known)];
    cursor.current = page.next;
    complete.value = page.next === null;
    read.value = true;
  };
  const keep = (/** @type {FeedItem[]} */ all) => {
    items.value = all.slice(0, KEPT);
    if (all.length <= KEPT) return;
    cursor.current = all[KEPT - 1].id;
    complete.value = false;
  };
  const newer = async () => {
    if (!machine(name)) return undefined;
    if (era.current !== generation.peek()) {
      era.current = generation.peek();
      cursor.current = null;
      const page = await machineHistory(name, { limit: PAGE });
      items.value = page.items;
      cursor.current = page.next;
      complete.value = page.next === null;
    }
    if (!items.peek().length) return older.current();
    for (let after = /** @type {number|null} */ (items.peek()[0].id); after !== null;) {
      const page = await machineHistory(name, { limit: PAGE, after });
      if (page.items.length) keep([...page.items.reverse(), ...items.peek()]);
      after = page.next;
    }
  };
  const poke = usePaced(newer, PAUSE, [name]);
  useSignalEffect(() => {
    names.value;
    generation.value;
    machine(name)?.value;
    untracked(poke);
  });
  useStream("activity", poke, [name]);
  return { items, complete, read, older: () => older.current() };
}
