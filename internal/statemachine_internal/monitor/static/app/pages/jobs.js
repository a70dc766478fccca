/** The queue: a board by status, or a table to search; beside it one job in whole. */
import { html } from "../html.js";
import { jobCounts } from "../live/streams.js";
import { names } from "../live/machines.js";
import { useShown } from "../live/shown.js";
import { Choice, Filter } from "../parts/choices.js";
import { Confirmation } from "../parts/confirm.js";
import { counted } from "../parts/counted.js";
import { useKeys } from "../shell/keys.js";
import { address, go, route, setQuery } from "../shell/route.js";
import { Board } from "./jobs/board.js";
import { JobDetail } from "./jobs/detail.js";
import { STATUSES } from "./jobs/statuses.js";
import { JobTable } from "./jobs/table.js";

export function JobsPage() {
  useShown("*", ["jobs"]);
  const { name: chosen, query } = route.value;
  const { view = "board", status = "", type = "", machine = "", q = "" } = query;
  const show = (/** @type {string} */ next) =>
    setQuery({ view: next === "board" ? null : next, ...(next === "board" && { status: null }) }, { keep: true });
  const close = () => go("jobs", null, query);
  useKeys("Jobs", [
    { keys: "v", what: "Board or table", run: () => show(route.value.query.view === "table" ? "board" : "table") },
    { keys: "Escape", what: "Close the job", run: () => route.value.name !== null && close() },
  ]);
  const total = Object.values(jobCounts.value ?? {}).reduce((sum, each) => sum + each, 0);
  return html`
    <h1 tabindex="-1" class="unseen">Jobs</h1>
    <div class="tools" role="search" aria-label="Jobs">
      <${Filter} value=${q} label="Filter jobs" placeholder="Filter by id" onInput=${(text) => setQuery({ q: text })} />
      ${
        view === "table" &&
        html`
          <${Choice}
            label="Status"
            value=${status}
            all="any status"
            options=${STATUSES}
            onChange=${(value) => setQuery({ status: value }, { keep: true })}
          />
        `
      }
      <input
        class="type-filter mono"
        aria-label="Type"
        placeholder="any type"
        value=${type}
        onChange=${(event) => setQuery({ type: event.target.value }, { keep: true })}
      />
      <${Choice}
        label="Machine"
        value=${machine}
        all="any machine"
        options=${names.value}
        onChange=${(value) => setQuery({ machine: value }, { keep: true })}
      />
      <div class="segments" role="group" aria-label="View">
        ${["board", "table"].map(
          (each) => html`
            <button key=${each} aria-pressed=${view === each} onClick=${() => show(each)}>${each}</button>
          `,
        )}
      </div>
      <span class="tools-end numbers">${counted(total)} ${total === 1 ? "job" : "jobs"} kept</span>
    </div>
    <div class=${`jobs ${chosen === null ? "" : "has-detail"}`}>
      ${
        view === "table"
          ? html`
              <${JobTable}
                key=${`${status} ${type} ${machine}`}
                filter=${{ status, type, machine }}
                text=${q}
                chosen=${chosen}
              />
            `
          : html`
              <${Board} key=${`${type} ${machine}`} filter=${{ type, machine }} text=${q} chosen=${chosen} />
            `
      }
      ${
        chosen !== null &&
        html`
          <${JobDetail} key=${chosen} id=${chosen} onClose=${close} />
        `
      }
    </div>
    <${Confirmation} />
  `;
}

/** Where a job is shown, with the list as it is. @param {string} id */
export const jobAddress = (id) => address("jobs", id, route.value.query);
