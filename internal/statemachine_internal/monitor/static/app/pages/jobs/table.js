/** The jobs that fit a filter; orders for one, for those chosen, and for all that fit. */
import { html, useState } from "../../html.js";
import { jobCounts } from "../../live/streams.js";
import { machine as known } from "../../live/machines.js";
import { Newest } from "../../parts/newest.js";
import { At } from "../../parts/times.js";
import { counted } from "../../parts/counted.js";
import { StatusMark } from "../../parts/status_mark.js";
import { address } from "../../shell/route.js";
import { jobAddress } from "../jobs.js";
import { useJobs } from "./loaded.js";
import { orderMany } from "./orders.js";
import { ORDERS } from "./statuses.js";

const PAGE = 100;
const KEPT = 300; // rows in the document

/** @typedef {import("../../types.js").Job} Job */

/** @param {{filter: {status: string, type: string, machine: string}, text: string, chosen: string|null}} props */
export function JobTable({ filter, text, chosen }) {
  const { rows, more, away, failed, read, older, newest } = useJobs(filter, PAGE, KEPT);
  const [picked, setPicked] = useState(/** @type {Set<string>} */ (new Set()));
  const wanted = text.toLowerCase();
  const fitting = rows.value.toReversed().filter((job) => !wanted || job.id.toLowerCase().includes(wanted));
  const here = fitting.filter((job) => picked.has(job.id));
  const pick = (/** @type {string[]} */ ids, /** @type {boolean} */ on) => {
    const now = new Set(picked);
    for (const id of ids) on ? now.add(id) : now.delete(id);
    setPicked(now);
  };
  const all = fitting.length > 0 && here.length === fitting.length;
  return html`
    <section class="panel job-list" aria-label="Jobs">
      <${Orders} filter=${filter} text=${text} picked=${here} onDone=${() => setPicked(new Set())} />
      <div class="scroll plain" tabindex="0" role="region" aria-label="Jobs, scrollable">
        ${
          away.value &&
          html`
            <${Newest} what="jobs" onNewest=${newest} />
          `
        }
        <table class="dense">
          <thead>
            <tr>
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label="Choose all that are listed"
                  checked=${all}
                  onChange=${(event) =>
                    pick(
                      fitting.map((job) => job.id),
                      event.target.checked,
                    )}
                />
              </th>
              <th scope="col">Job</th>
              <th scope="col">Type</th>
              <th scope="col">Status</th>
              <th scope="col" class="number">Tries</th>
              <th scope="col" class="number">Priority</th>
              <th scope="col">Machine</th>
              <th scope="col">Created</th>
              <th scope="col">Finished</th>
              <th scope="col">Error</th>
            </tr>
          </thead>
          <tbody>
            ${fitting.map(
              (job) => html`
                <${Row}
                  key=${job.id}
                  job=${job}
                  chosen=${chosen === job.id}
                  picked=${picked.has(job.id)}
                  onPick=${pick}
                />
              `,
            )}
          </tbody>
        </table>
        ${
          failed.value &&
          html`
            <p class="empty bad">${failed.value}</p>
          `
        }
        ${
          fitting.length === 0 &&
          !failed.value &&
          html`
            <p class="empty">${read.value ? "No job fits." : "Reading…"}</p>
          `
        }
        ${
          more.value &&
          html`
            <p class="more-rows"><button class="small" onClick=${older}>Older</button></p>
          `
        }
      </div>
    </section>
  `;
}

/** @param {{job: Job, chosen: boolean, picked: boolean, onPick: (ids: string[], on: boolean) => void}} props */
function Row({ job, chosen, picked, onPick }) {
  const { id, type, status, attempts, max_attempts, priority, machine, created, finished, error, progress } = job;
  return html`
    <tr aria-current=${chosen ? "true" : null}>
      <td>
        <input
          type="checkbox"
          aria-label=${`Choose ${id}`}
          checked=${picked}
          onChange=${(event) => onPick([id], event.target.checked)}
        />
      </td>
      <th scope="row" class="clip" title=${id}><a href=${jobAddress(id)}>${id}</a></th>
      <td class="clip" title=${type}>${type}</td>
      <td>
        <${StatusMark} status=${status} />
        ${
          status === "processing" &&
          progress !== null &&
          html`
            ${" "}
            <small class="numbers">${Math.round(progress)} %</small>
          `
        }
      </td>
      <td class="number">${attempts}/${max_attempts}</td>
      <td class="number">${priority}</td>
      <td class="mono clip" title=${machine}>
        ${
          machine &&
          (known(machine)
            ? html`
                <a href=${address("machines", machine)}>${machine}</a>
              `
            : machine)
        }
      </td>
      <td><${At} at=${created} exact=${false} /></td>
      <td>
        ${
          finished &&
          html`
            <${At} at=${finished} exact=${false} />
          `
        }
      </td>
      <td class="bad clip" title=${error}>${error}</td>
    </tr>
  `;
}

/** @param {{filter: any, text: string, picked: Job[], onDone: () => void}} props */
function Orders({ filter, text, picked, onDone }) {
  const { status, type, machine } = filter;
  const whole = !text && !machine && (status || type); // what the server can be asked to choose itself
  const count = type ? null : (jobCounts.value?.[status] ?? 0);
  const order = async (/** @type {keyof typeof ORDERS} */ action) => {
    const chosen = picked.length
      ? { ids: picked.map((job) => job.id) }
      : { ...(status && { status }), ...(type && { type }) };
    const words = picked.length
      ? picked.length === 1
        ? `the job ${picked[0].id}`
        : `${picked.length} jobs`
      : `all ${count === null ? "" : counted(count)} ${status} jobs${type ? ` of type ${type}` : ""}`.replace(/ +/g, " ");
    if (await orderMany(action, chosen, words, picked.length || count)) onDone();
  };
  const can = (/** @type {keyof typeof ORDERS} */ action) => {
    const { from } = ORDERS[action];
    return picked.length
      ? picked.some((job) => from.includes(job.status))
      : Boolean(whole) && (!status || from.includes(status)) && count !== 0;
  };
  return html`
    <header class="panel-head">
      <h2 class="numbers">
        ${picked.length ? `${picked.length} chosen` : whole ? `All that fit${count === null ? "" : `: ${counted(count)}`}` : "Choose jobs, or a status or type"}
      </h2>
      ${
        /** @type {(keyof typeof ORDERS)[]} */ (Object.keys(ORDERS)).map(
          (action) => html`
            <button
              key=${action}
              class=${`small ${action === "remove" ? "danger" : ""}`}
              disabled=${!can(action)}
              onClick=${() => order(action)}
            >
              ${ORDERS[action].verb}${picked.length ? "" : " all"}
            </button>
          `,
        )
      }
    </header>
  `;
}
