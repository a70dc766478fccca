/** What happened to the machine, newest first; each row opens to the whole of it. */
import { html, useState } from "../../html.js";
import { pages } from "../../live/listing.js";
import { Choice } from "../../parts/choices.js";
import { JsonView, brief } from "../../parts/json_view.js";
import { Newest } from "../../parts/newest.js";
import { At } from "../../parts/times.js";
import { listEvents, machineHistory } from "../../server/calls.js";
import { doing } from "../../shell/notices.js";
import { address } from "../../shell/route.js";

/** @typedef {import("../../types.js").FeedItem} FeedItem */

const KINDS = {
  state_change: "state changes",
  error: "errors",
  activity_log: "log",
  job: "jobs",
  machine: "starts and ends",
};
const WHOLE_TYPES = ["state_change", "error", "activity_log"]; // the other kinds are how several types begin
const PAGE = 150; // rows in the document
const ENOUGH = 40; // rows of a kind for which the past is searched at once

/** @param {{name: string, rows: import("./rows.js").Rows}} props */
export function HistoryTable({ name, rows }) {
  const [kind, setKind] = useState("");
  const [past, setPast] = useState(/** @type {{items: FeedItem[], next: number|null}|null} */ (null));
  const fits = (/** @type {FeedItem} */ row) => !kind || row.type.startsWith(kind);
  const fitting = rows.items.value.filter(fits);
  const shown = past ? past.items : fitting.slice(0, PAGE);
  const more = past ? past.next !== null : fitting.length > PAGE || !rows.complete.value;
  const choose = (/** @type {string} */ next) => {
    setPast(null);
    setKind(next);
  };
  const older = () => {
    const type = WHOLE_TYPES.includes(kind) ? kind : "";
    const ask = async (/** @type {number} */ before) => {
      const { items, next } = await machineHistory(name, { type, limit: PAGE, before });
      return { items: items.filter(fits), next };
    };
    const from = past?.next ?? shown.at(-1)?.id ?? rows.items.peek().at(-1)?.id;
    return doing(
      () => pages(ask, from, ENOUGH).then(setPast),
      () => "",
    );
  };
  return html`
    <section class="panel" aria-label="History">
      <header class="panel-head">
        <h2>History</h2>
        <${Choice} label="Kind" value=${kind} all="everything" options=${Object.keys(KINDS)} onChange=${choose} />
        <a href=${address("history", null, { machine: name })}>Go back in time</a>
      </header>
      <div class="scroll plain history-rows" tabindex="0" role="region" aria-label="History, scrollable">
        ${
          past &&
          html`
            <${Newest} what="rows" onNewest=${() => setPast(null)} />
          `
        }
        <table class="dense">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">What</th>
              <th scope="col">Why</th>
              <th scope="col"><span class="unseen">Details</span></th>
            </tr>
          </thead>
          <tbody>
            ${shown.map(
              (/** @type {FeedItem} */ row) => html`
                <${Row} key=${row.id} row=${row} />
              `,
            )}
          </tbody>
        </table>
        ${
          shown.length === 0 &&
          html`
            <p class="empty">${rows.read.value ? "Nothing here." : "Reading…"}</p>
          `
        }
        ${
          more &&
          html`
            <p class="more-rows"><button class="small" onClick=${older}>Older</button></p>
          `
        }
      </div>
    </section>
  `;
}

/** @param {{row: FeedItem}} props */
function Row({ row }) {
  const [open, setOpen] = useState(false);
  return html`
    <tr class=${`row-${row.type}`}>
      <td><${At} at=${row.timestamp} /></td>
      <td>${what(row)}</td>
      <td class="mono">${why(row)}</td>
      <td class="number">
        <button
          class="quiet small"
          aria-expanded=${open}
          aria-label=${open ? "Hide details" : "Show details"}
          onClick=${() => setOpen(!open)}
        >
          ${open ? "−" : "+"}
        </button>
      </td>
    </tr>
    ${
      open &&
      html`
        <tr class="row-details">
          <td colspan="4"><${Whole} row=${row} /></td>
        </tr>
      `
    }
  `;
}

/** @param {FeedItem} row */
function what({ type, payload }) {
  if (type === "state_change" && payload.internal)
    return html`
      <span class="mono">${"stays in "}<strong>${payload.to}</strong></span>
      ${" "}
      <small class="tag">internal</small>
    `;
  if (type === "state_change")
    return html`
      <span class="mono">
        ${
          payload.from
            ? html`
                <span class="from">${payload.from}</span>
                ${" → "}
              `
            : ""
        }
        <strong>${payload.to}</strong>
      </span>
    `;
  if (type === "activity_log")
    return html`
      <span class=${`level level-${payload.level}`}>${payload.message}</span>
    `;
  if (type === "error")
    return html`
      <span class="level level-error">${payload.error}</span>
    `;
  return html`
    <span>${type.replaceAll("_", " ")}</span>
  `;
}

/** @param {FeedItem} row */
function why({ type, payload }) {
  const job = payload.job_id
    ? html`
        ${" "}
        <a href=${address("jobs", payload.job_id)}>${payload.job_id}</a>
      `
    : "";
  if (type === "state_change")
    return html`
      ${payload.event}${job}
    `;
  if (type === "activity_log")
    return html`
      log${job}
    `;
  if (type === "error")
    return html`
      ${payload.action ?? ""} in ${payload.state}${job}
    `;
  return html`
    ${brief(payload.reason ?? payload.error ?? "")}${job}
  `;
}

/** The row, and the event that caused it. @param {{row: FeedItem}} props */
function Whole({ row }) {
  const [event, setEvent] = useState(/** @type {any} */ (null));
  const ask = async () => {
    const page = await listEvents({ target: row.machine_name, before: Number(row.event_id) + 1, limit: 1 });
    setEvent(page.items[0]?.id === row.event_id ? page.items[0] : { "": "the event is no longer kept" });
  };
  return html`
    <div class="whole">
      <div>
        <h3>Row ${row.id}</h3>
        <${JsonView} value=${row.payload} />
      </div>
      ${
        row.event_id !== null &&
        html`
          <div>
            <h3>Event ${row.event_id}</h3>
            ${
              event
                ? html`
                    <${JsonView} value=${event} />
                  `
                : html`
                    <button class="small" onClick=${ask}>Show the event and its payload</button>
                  `
            }
          </div>
        `
      }
    </div>
  `;
}
