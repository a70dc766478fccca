/** One job in whole: how it stands, its tries and what came of them. */
import { html, useEffect, useRef, useSignal } from "../../html.js";
import { generation, useStream } from "../../live/streams.js";
import { JsonView, brief } from "../../parts/json_view.js";
import { usePaced } from "../../parts/paced.js";
import { At, Until } from "../../parts/times.js";
import { StatusMark } from "../../parts/status_mark.js";
import { jobDetail } from "../../server/calls.js";
import { address } from "../../shell/route.js";
import { orderOne } from "./orders.js";
import { ORDERS } from "./statuses.js";

const PAUSE = 500; // milliseconds

/** @param {{id: string, onClose: () => void}} props */
export function JobDetail({ id, onClose }) {
  const found = useSignal(/** @type {any} */ (null));
  const removed = useRef(false);
  const poke = usePaced(
    async () =>
      removed.current ||
      jobDetail(id).then(
        (job) => (found.value = job),
        (error) => (found.value = error),
      ),
    PAUSE,
    [id, generation.value],
  );
  useStream("jobs", (jobs) => jobs.some((job) => job.id === id) && poke(), [id]);
  useStream(
    "removed_jobs",
    (ids) => {
      if (!ids.includes(id)) return;
      removed.current = true;
      found.value = new Error(`${id} was removed`);
    },
    [id],
  );
  const title = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  const job = found.value;
  return html`
    <aside class="panel job-detail" aria-label=${`Job ${id}`}>
      <header class="panel-head">
        <h2 class="mono" tabindex="-1" ref=${title}>${id}</h2>
        <button class="quiet" onClick=${onClose} aria-label="Close the job">×</button>
      </header>
      ${
        job instanceof Error
          ? html`
              <p class="empty">${job.message}</p>
            `
          : job
            ? html`
                <${Whole} job=${job} />
              `
            : html`
                <p class="empty">Reading…</p>
              `
      }
    </aside>
  `;
}

/** @param {{job: any}} props */
function Whole({ job }) {
  return html`
    <div class="job-whole">
      <p class="job-head">
        <${StatusMark} status=${job.status} />
        <span class="mono">${job.type}</span>
        <span class="numbers">try ${job.attempts} of ${job.max_attempts}</span>
      </p>
      <div class="job-orders">
        ${
          /** @type {("retry"|"cancel"|"remove")[]} */ (Object.keys(ORDERS)).map(
            (action) => html`
              <button
                key=${action}
                class=${`small ${action === "remove" ? "danger" : ""}`}
                disabled=${!ORDERS[action].from.includes(job.status)}
                onClick=${() => orderOne(action, job.id)}
              >
                ${ORDERS[action].verb}
              </button>
            `,
          )
        }
      </div>
      ${
        job.status === "processing" &&
        job.progress !== null &&
        html`
          <progress max="100" value=${job.progress} aria-label="Progress"></progress>
        `
      }
      ${
        job.error &&
        html`
          <h3>Error</h3>
          <pre class="bad">${job.error}</pre>
        `
      }
      <dl class="facts">
        ${
          job.machine &&
          html`
            <div>
              <dt>machine</dt>
              <dd><a class="mono" href=${address("machines", job.machine)}>${job.machine}</a></dd>
            </div>
          `
        }
        ${fact("for machines", job.machine_type)}${fact("input", job.input_file)}${fact("priority", job.priority)}${fact("unique key", job.unique_key)}
        ${
          job.source_job &&
          html`
            <div>
              <dt>made by</dt>
              <dd><a class="mono" href=${address("jobs", job.source_job)}>${job.source_job}</a></dd>
            </div>
          `
        }
        ${["created", "started", "finished"].map(
          (each) =>
            job[each] &&
            html`
              <div key=${each}>
                <dt>${each}</dt>
                <dd><${At} at=${job[each]} /></dd>
              </div>
            `,
        )}
        ${
          job.status === "scheduled" &&
          html`
            <div>
              <dt>runs</dt>
              <dd><${Until} to=${job.run_after} /></dd>
            </div>
          `
        }
      </dl>
      <h3>Tries and output</h3>
      ${
        job.history?.length
          ? html`
              <ol class="tries">
                ${job.history.map(
                  (/** @type {any} */ row) => html`
                    <li key=${row.id}>
                      <${At} at=${row.timestamp} />
                      ${" "}
                      <span class=${`try try-${row.type}`}>${row.type.replaceAll("_", " ")}</span>
                      ${" "}${
                        row.machine_name &&
                        html`
                          <a class="mono" href=${address("machines", row.machine_name)}>${row.machine_name}</a>
                        `
                      }
                      <${Said} payload=${row.payload} />
                    </li>
                  `,
                )}
              </ol>
            `
          : html`
              <p class="none">Nothing has happened to it yet.</p>
            `
      }
      ${
        brief(job.result) &&
        html`
          <h3>Result</h3>
          <${JsonView} value=${job.result} />
        `
      }
      <h3>Payload</h3>
      ${
        brief(job.payload)
          ? html`
              <${JsonView} value=${job.payload} />
            `
          : html`
              <p class="none">Empty.</p>
            `
      }
    </div>
  `;
}

/** @param {string} name @param {unknown} value */
const fact = (name, value) =>
  value !== null &&
  value !== undefined &&
  html`
    <div>
      <dt>${name}</dt>
      <dd class="mono">${String(value)}</dd>
    </div>
  `;

/** @param {{payload: any}} props */
function Said({ payload }) {
  const { job_id: _, message, error, ...rest } = payload ?? {};
  const text = message ?? error;
  return html`
    ${
      text &&
      html`
        <pre>${text}</pre>
      `
    }${
      brief(rest) &&
      html`
        <small class="mono">${brief(rest, 200)}</small>
      `
    }
  `;
}
