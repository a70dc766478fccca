/** One column for each status. */
import { html } from "../../html.js";
import { jobCounts } from "../../live/streams.js";
import { Since, Until } from "../../parts/times.js";
import { StatusMark } from "../../parts/status_mark.js";
import { counted } from "../../parts/counted.js";
import { setQuery } from "../../shell/route.js";
import { jobAddress } from "../jobs.js";
import { useJobs } from "./loaded.js";
import { STATUSES } from "./statuses.js";

const SHOWN = 30; // jobs in a column; the rest is for the table
const KEPT = 200; // of those that are known, so that a column fills up again as jobs leave it

/** @typedef {import("../../types.js").Job} Job */

/** @param {{filter: {type: string, machine: string}, text: string, chosen: string|null}} props */
export function Board({ filter, text, chosen }) {
  return html`
    <div class="board" tabindex="0" role="region" aria-label="Jobs by status">
      ${STATUSES.map(
        (status) => html`
          <${Column} key=${status} status=${status} filter=${filter} text=${text} chosen=${chosen} />
        `,
      )}
    </div>
  `;
}

/** @param {{status: string, filter: any, text: string, chosen: string|null}} props */
function Column({ status, filter, text, chosen }) {
  const { rows, more, failed } = useJobs({ ...filter, status }, SHOWN, KEPT);
  const wanted = text.toLowerCase();
  const fitting = rows.value.toReversed().filter((job) => !wanted || job.id.toLowerCase().includes(wanted));
  const filtered = Boolean(filter.type || filter.machine || wanted);
  const count = filtered
    ? `${counted(fitting.length)}${more.value ? "+" : ""}` // there may be more among those that were not read
    : counted(jobCounts.value?.[status] ?? 0);
  const hidden = fitting.length > SHOWN || more.value;
  return html`
    <section class="column" aria-label=${status}>
      <h2>
        <${StatusMark} status=${status} />
        <span class="numbers count" title=${filtered ? "that fit the filter" : null}>${count}</span>
      </h2>
      <ul>
        ${fitting.slice(0, SHOWN).map(
          (job) => html`
            <${Card} key=${job.id} job=${job} chosen=${chosen === job.id} />
          `,
        )}
      </ul>
      ${
        failed.value &&
        html`
          <p class="bad">${failed.value}</p>
        `
      }
      ${
        hidden &&
        html`
          <p class="more-rows">
            <button class="small" onClick=${() => setQuery({ view: "table", status }, { keep: true })}>
              All ${status}
            </button>
          </p>
        `
      }
    </section>
  `;
}

/** @param {{job: Job, chosen: boolean}} props */
function Card({ job, chosen }) {
  const { id, type, status, attempts, max_attempts, progress, machine, error, created, finished, run_after } = job;
  return html`
    <li class="job-card" aria-current=${chosen ? "true" : null}>
      <a class="mono" href=${jobAddress(id)} title=${id}>${id}</a>
      <p class="job-line">
        <span class="job-type" title=${type}>${type}</span>
        ${
          attempts > 1 &&
          html`
            <span class="numbers">try ${attempts}/${max_attempts}</span>
          `
        }
        ${
          status === "scheduled" && run_after
            ? html`
                <${Until} to=${run_after} />
              `
            : html`
                <${Since} since=${finished ?? created} />
              `
        }
      </p>
      ${
        status === "processing" &&
        html`
          <p class="job-line">
            <span class="mono job-type" title=${machine}>${machine}</span>
            ${
              progress !== null &&
              html`
                <span class="numbers">${Math.round(progress)} %</span>
              `
            }
          </p>
          ${
            progress !== null &&
            html`
              <progress max="100" value=${progress} aria-label=${`Progress of ${id}`}></progress>
            `
          }
        `
      }
      ${
        error &&
        html`
          <p class="job-error" title=${error}>${error}</p>
        `
      }
    </li>
  `;
}
