/**
 * A list that is true: the newest page from the server, then what the stream says.
 *
 * The page is asked for only once the stream has begun, so that what changes meanwhile comes by the stream; and what comes
 * by the stream while the page is on its way is newer than the page.
 */
import { useRef, useSignal } from "../html.js";
import { useBegun, useStream } from "./streams.js";

/**
 * @template Row
 * @typedef {object} Source
 * @property {import("./streams.js").Topic} topic
 * @property {(cursor: any) => Promise<{items: Row[], next: any}>} ask  one page; the cursor is undefined for the newest,
 *   and null is what the oldest gives
 * @property {(row: Row) => boolean} fits
 * @property {(row: Row) => string|number} id
 * @property {(row: Row) => number} order  grows with age backwards: the newest row has the largest
 * @property {number} [kept]  how many rows stay when new ones come
 */

/**
 * @template Row
 * @param {Source<Row>} source  the same all the time: another filter is another list
 */
export function useListing({ topic, ask, fits, id, order, kept = Infinity }) {
  const rows = useSignal(/** @type {Row[]} */ ([])); // oldest first
  const more = useSignal(false); // there are older ones
  const read = useSignal(false);
  const failed = useSignal(/** @type {string|null} */ (null));
  const cursor = useRef(/** @type {any} */ (undefined));
  const loading = useRef(/** @type {{news: Row[], gone: (string|number)[]}|null} */ (null));

  /** @param {Row[]} known @param {Row[]} news @param {(string|number)[]} [gone] */
  const merged = (known, news, gone = []) => {
    const all = new Map(known.map((row) => [id(row), row]));
    for (const row of news) {
      if (fits(row)) all.set(id(row), row);
      else all.delete(id(row));
    }
    for (const each of gone) all.delete(each);
    return [...all.values()].sort((a, b) => order(a) - order(b));
  };
  /** @param {any} from @param {(items: Row[]) => void} take */
  const page = async (from, take) => {
    try {
      const { items, next } = await ask(from);
      take(items);
      cursor.current = next;
      more.value = next !== null;
      read.value = true;
      failed.value = null;
    } catch (error) {
      failed.value = /** @type {Error} */ (error).message;
    }
  };

  useBegun(() => {
    const mine = { news: /** @type {Row[]} */ ([]), gone: [] };
    loading.current = mine;
    page(undefined, (items) => {
      if (loading.current !== mine) return; // begun anew meanwhile
      loading.current = null;
      rows.value = merged(items, mine.news, mine.gone);
    });
  });
  useStream(topic, (news) => {
    loading.current?.news.push(...news);
    rows.value = merged(rows.peek(), news).slice(-kept);
  });
  useStream("removed_jobs", (gone) => {
    if (topic !== "jobs") return;
    loading.current?.gone.push(...gone);
    rows.value = merged(rows.peek(), [], gone);
  });
  const older = () => page(cursor.current, (items) => (rows.value = merged(items, rows.peek())));
  return { rows, more, read, failed, older };
}

/**
 * Pages of the server until there are enough rows: one of its pages may be short, or empty, and still not the last.
 * @param {(cursor: any) => Promise<{items: any[], next: any}>} ask
 * @param {any} cursor
 * @param {number} enough
 */
export async function pages(ask, cursor, enough) {
  const items = [];
  do {
    const page = await ask(cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && items.length < enough);
  return { items, next: cursor };
}
