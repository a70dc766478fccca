/** The address says what is shown: `#/machines/controller?tab=context`. Back, forward, reload and links all work by it. */
import { signal } from "../html.js";

/**
 * @typedef {object} Route
 * @property {string} page  the first part: "overview", "machines", …
 * @property {string|null} name  the second part: which machine
 * @property {Record<string, string>} query
 */

/** @type {import("../../vendor/signals.js").Signal<Route>} */
export const route = signal(read());

addEventListener("hashchange", () => (route.value = read()));

/**
 * The address of a page.
 * @param {string} page
 * @param {string|null} [name]
 * @param {Record<string, string|null|undefined>} [query]  empty values are left out
 */
export function address(page, name = null, query = {}) {
  const path = [page, ...(name === null ? [] : [name])].map(encodeURIComponent).join("/");
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const tail = new URLSearchParams(/** @type {[string, string][]} */ (given)).toString();
  return `#/${path}${tail && `?${tail}`}`;
}

/** @param {Parameters<typeof address>} where */
export function go(...where) {
  location.hash = address(...where);
}

/**
 * Change a part of the present address; what a person chose goes into the browser's history, what they type doesn't.
 * @param {Record<string, string|null>} changes
 * @param {{keep?: boolean}} [options]
 */
export function setQuery(changes, { keep = false } = {}) {
  const { page, name, query } = route.value;
  const next = address(page, name, { ...query, ...changes });
  if (next === location.hash) return;
  if (keep) location.hash = next;
  else {
    history.replaceState(null, "", next);
    route.value = read();
  }
}

/** @returns {Route} */
function read() {
  const [path, tail = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...rest] = path.split("/").map(decoded);
  return {
    page: page || "overview",
    name: rest.length ? rest.join("/") : null,
    query: Object.fromEntries(new URLSearchParams(tail)),
  };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone % was typed into the address
  }
}
