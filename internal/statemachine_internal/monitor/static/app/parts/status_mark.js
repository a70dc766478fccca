/** A status by its form first and its colour second. */
import { html } from "../html.js";

const SHAPES = {
  running: html`
    <path d="M4 2.5l6 3.5-6 3.5z" fill="currentColor" />
  `,
  waiting: html`
    <circle cx="6" cy="6" r="3.6" fill="none" stroke="currentColor" stroke-width="1.6" />
  `,
  paused: html`
    <path d="M4 2.5v7m4-7v7" stroke="currentColor" stroke-width="2" />
  `,
  stopped: html`
    <rect x="2.8" y="2.8" width="6.4" height="6.4" fill="currentColor" />
  `,
  finished: html`
    <path d="M2.5 6.3l2.4 2.5 4.6-5.3" fill="none" stroke="currentColor" stroke-width="1.8" />
  `,
  failed: html`
    <path d="M2.8 2.8l6.4 6.4m0-6.4l-6.4 6.4" stroke="currentColor" stroke-width="1.9" />
  `,
};
/** The words of jobs and events, in the signs above. */
const LIKE = {
  pending: "waiting",
  scheduled: "paused",
  processing: "running",
  completed: "finished",
  cancelled: "stopped",
  processed: "finished",
  ignored: "stopped",
  deferred: "paused",
};

/** @param {{status: string, word?: boolean}} props */
export function StatusMark({ status, word = true }) {
  const shape =
    SHAPES[/** @type {keyof SHAPES} */ (LIKE[/** @type {keyof LIKE} */ (status)] ?? status)] ?? SHAPES.waiting;
  return html`
    <span class=${`mark mark-${status}`} title=${word ? null : status}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">${shape}</svg>
      ${
        word
          ? status
          : html`
              <span class="unseen">${status}</span>
            `
      }
    </span>
  `;
}
