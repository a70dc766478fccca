/** Times as people read them. Pure but for the clock. */
import { html } from "../html.js";
import { now, serverNow } from "../live/clock.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

/** @typedef {string|number} Moment  ISO 8601, or milliseconds */

/** @param {Moment} moment */
const milliseconds = (moment) => (typeof moment === "number" ? moment : Date.parse(moment));

/** "13:04:59"; with the date where that is not today's. @param {Moment} moment */
export function clockTime(moment) {
  const at = milliseconds(moment);
  const date = day.format(at);
  return date === day.format(serverNow()) ? clock.format(at) : `${date} ${clock.format(at)}`;
}

/** "13:04:59.123". @param {Moment} moment */
export function exactTime(moment) {
  const at = milliseconds(moment);
  return `${clockTime(at)}.${String(Math.floor(at % 1000)).padStart(3, "0")}`;
}

/** "4 s", "12 min", "3 h 20 min", "5 d 2 h". @param {number} span milliseconds */
export function duration(span) {
  const seconds = Math.max(0, Math.floor(span / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes < 10 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago. @param {Moment} moment */
export const ago = (moment) => duration(serverNow() - milliseconds(moment));

/** Counts on by itself. @param {{since: Moment|null}} props */
export function Since({ since }) {
  if (since === null) return "–";
  return html`
    <time class="numbers" datetime=${iso(since)} title=${exactTime(since)}>
      ${duration(now.value - milliseconds(since))}
    </time>
  `;
}

/** Counts down by itself. @param {{to: Moment}} props */
export function Until({ to }) {
  const left = milliseconds(to) - now.value;
  return html`
    <time class="numbers" datetime=${iso(to)} title=${exactTime(to)}>
      ${left <= 0 ? "due" : `in ${duration(left + 999)}`}
    </time>
  `;
}

/** @param {{at: Moment, exact?: boolean}} props */
export function At({ at, exact = true }) {
  return html`
    <time class="numbers" datetime=${iso(at)} title=${String(at)}>${exact ? exactTime(at) : clockTime(at)}</time>
  `;
}

/** @param {Moment} moment */
const iso = (moment) => new Date(moment).toISOString();
