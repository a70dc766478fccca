/** One line of the log: its level by a sign, a word and a colour. */
import { html } from "../../html.js";
import { At } from "../../parts/times.js";
import { address } from "../../shell/route.js";

export const LEVELS = ["info", "success", "warning", "error", "debug"];

const SIGNS = {
  info: html`
    <circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" stroke-width="1.3" />
    <path d="M6 5.3v3.4M6 3v1.1" stroke="currentColor" stroke-width="1.4" />
  `,
  success: html`
    <path d="M2 6.4l2.7 2.8 5.3-6.2" fill="none" stroke="currentColor" stroke-width="1.9" />
  `,
  warning: html`
    <path d="M6 1.4l5 9.2H1z" fill="none" stroke="currentColor" stroke-width="1.3" />
    <path d="M6 4.8v2.8m0 1v1" stroke="currentColor" stroke-width="1.3" />
  `,
  error: html`
    <path d="M2.4 2.4l7.2 7.2m0-7.2l-7.2 7.2" stroke="currentColor" stroke-width="2" />
  `,
  debug: html`
    <path d="M2.5 6h7" stroke="currentColor" stroke-width="1.5" stroke-dasharray="1.6 1.4" />
  `,
};

/** @param {import("../../types.js").FeedItem} row @returns {keyof typeof SIGNS} */
export function levelOf({ type, payload }) {
  const level = type === "error" ? "error" : payload.level;
  return level in SIGNS ? level : "info";
}

/** @param {{row: import("../../types.js").FeedItem}} props */
export function Line({ row }) {
  const level = levelOf(row);
  const { message, error, state, action, job_id } = row.payload;
  return html`
    <li class=${`log-line level-${level}`}>
      <${At} at=${row.timestamp} />
      <span class="log-level">
        <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">${SIGNS[level]}</svg>
        ${level}
      </span>
      <a class="mono log-machine" href=${address("machines", row.machine_name)} title=${row.machine_name}>${row.machine_name}</a>
      <span class="log-text">
        ${row.type === "error" ? `${action ? `${action} in ${state}: ` : ""}${error}` : message}${
          job_id &&
          html`
            ${" "}
            <a class="mono" href=${address("jobs", job_id)}>${job_id}</a>
          `
        }
      </span>
    </li>
  `;
}
