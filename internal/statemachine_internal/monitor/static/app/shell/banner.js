/** Says plainly when what is shown may be old, since when, and what happens next. It lies over the page and moves nothing. */
import { html } from "../html.js";
import { now } from "../live/clock.js";
import { nextTry, phase, retry, trueAt } from "../live/connection.js";
import { readableAt, trouble } from "../live/database.js";
import { ago, clockTime } from "../parts/times.js";

export function Banner() {
  if (phase.value === "catching-up") {
    return html`
      <div class="banner">Catching up: what happened while this page was away is being read.</div>
    `;
  }
  if (phase.value === "live" && trouble.value)
    return html`
      <${Unread} trouble=${trouble.value} />
    `;
  if (phase.value !== "lost") return null;
  now.value; // the seconds count on
  const left = Math.max(0, Math.ceil((nextTry.value - Date.now()) / 1000));
  return html`
    <div class="banner banner-lost">
      <strong>Disconnected.</strong>
      <span>
        ${trueAt.value ? `This is what was true at ${clockTime(trueAt.value)}, ${ago(trueAt.value)} ago; nothing will be missing once the monitor is back.` : "The monitor has not answered yet."}
      </span>
      <span class="numbers">${nextTry.value ? `Next try in ${left} s` : "Trying now"}</span>
      <button onClick=${retry}>Try now</button>
    </div>
  `;
}

/** @param {{trouble: import("../live/database.js").Trouble}} props */
function Unread({ trouble: { kind, path, error } }) {
  now.value; // the seconds count on
  const at = readableAt.value;
  return html`
    <div class="banner banner-lost">
      <strong>${kind === "missing" ? "The database is gone." : "The database can't be read."}</strong>
      <span>${kind === "missing" ? `There is no ${path}.` : error}</span>
      <span>
        ${at ? `This is what was true at ${clockTime(at)}, ${ago(at)} ago. ` : "What is shown may be old. "}The page goes
        on by itself once it can be read.
      </span>
    </div>
  `;
}
