/**
 * A list that is true, and never longer than it may be: a window onto the rows, which stands at the newest ones until
 * somebody goes back in it.
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
 * @property {(order: number) => any} [before]  the cursor for what is older than a row
 * @property {number} kept  how many rows there are at most
 */

/**
 * @template Row
 * @param {Source<Row>} source  the same all the time: another filter is another list
 */
export function useListing({ topic, ask, fits, id, order, before = (order) => order, kept }) {
  const rows = useSignal(/** @type {Row[]} */ ([])); // oldest first
  const more = useSignal(false); // there are older ones
  const away = useSignal(false); // the newest ones were dropped, as somebody went back
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
  /** Those that stand within the window: what is beyond its ends is read when somebody goes there. @param {Row[]} news */
  const within = (news) => {
    const here = rows.peek();
    if (!here.length) return away.peek() ? [] : news;
    const [oldest, newest] = [order(here[0]), order(here[here.length - 1])];
    return news.filter(
      (row) => (!more.peek() || order(row) >= oldest) && (!away.peek() || order(row) <= newest || !fits(row)),
    );
  };
  /** Keep the newest. @param {Row[]} all */
  const newest = (all) => {
    if (all.length > kept) {
      all = all.slice(-kept);
      cursor.current = before(order(all[0]));
      more.value = true;
    }
    rows.value = all;
  };
  /** @param {any} from @param {(items: Row[]) => void} take */
  const page = async (from, take) => {
    try {
      const { items, next } = await ask(from);
      cursor.current = next;
      more.value = next !== null;
      take(items);
      read.value = true;
      failed.value = null;
    } catch (error) {
      failed.value = /** @type {Error} */ (error).message;
    }
  };
  const begin = () => {
    const mine = { news: /** @type {Row[]} */ ([]), gone: [] };
    loading.current = mine;
    return page(undefined, (items) => {
      if (loading.current !== mine) return; // begun anew meanwhile
      loading.current = null;
      away.value = false;
      newest(merged(items, mine.news, mine.gone));
    });
  };

  useBegun(begin);
  useStream(topic, (news) => {
    loading.current?.news.push(...news);
    newest(merged(rows.peek(), within(news)));
  });
  useStream("removed_jobs", (gone) => {
    if (topic !== "jobs") return;
    loading.current?.gone.push(...gone);
    rows.value = merged(rows.peek(), [], gone);
  });
  const older = () =>
    page(cursor.current, (items) => {
      const all = merged(items, rows.peek());
      if (all.length > kept) away.value = true;
      rows.value = all.slice(0, kept);
    });
  return { rows, more, away, read, failed, older, newest: begin };
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
