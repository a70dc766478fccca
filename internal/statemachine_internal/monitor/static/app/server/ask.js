/** Questions to the server: JSON in, JSON out, and an error that says what the server said. */
import { signal } from "../html.js";

/** True once the server asked for a token that this browser doesn't have. */
export const tokenWanted = signal(false);

export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {Record<string, string|number|null|undefined>} [query]
 * @param {number[]} [taken]  statuses of errors that are an answer all the same
 */
export function get(path, query = {}, taken = []) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const tail = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return ask(`${path}${tail && `?${tail}`}`, { method: "GET" }, taken);
}

/**
 * @param {string} path
 * @param {unknown} [body]
 */
export function post(path, body = {}) {
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/**
 * @param {string} path
 * @param {RequestInit} options
 * @param {number[]} [taken]
 */
async function ask(path, options, taken = []) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Refused(0, "The monitor doesn't answer; nothing was changed as far as this page knows.");
  }
  if (response.status === 401) tokenWanted.value = true;
  if (!response.ok && !taken.includes(response.status)) throw new Refused(response.status, await problem(response));
  return response.json();
}

/** @param {Response} response an error, as application/problem+json where it is the monitor's own */
async function problem(response) {
  try {
    const { detail, title } = await response.json();
    if (typeof detail === "string" || typeof title === "string") return detail || title;
  } catch {
    // somebody between us and the monitor answered
  }
  return `The monitor answered ${response.status} ${response.statusText}`;
}
