/** All machines: by template, live; or as a table. */
import { html, useMemo } from "../html.js";
import { everyMachine, listed } from "../live/machines.js";
import { useShown } from "../live/shown.js";
import { Choice, Filter } from "../parts/choices.js";
import { useKeys } from "../shell/keys.js";
import { route, setQuery } from "../shell/route.js";
import { Figures } from "./overview/figures.js";
import { useOrder } from "./overview/order.js";
import { MachineTable } from "./overview/table.js";
import { Template } from "./overview/template.js";

const STATUSES = ["running", "waiting", "paused", "stopped", "finished", "failed"];

export function Overview() {
  useShown("*", ["transitions", "jobs"]);
  useKeys("Overview", [
    {
      keys: "v",
      what: "Diagrams or table",
      run: () => setQuery({ view: route.value.query.view === "table" ? null : "table" }, { keep: true }),
    },
  ]);
  const { view = "diagrams", q = "", status = "" } = route.value.query;
  const groups = useOrder(q, status);
  const found = useMemo(() => groups.reduce((sum, [, names]) => sum + names.length, 0), [groups]);
  return html`
    <h1 tabindex="-1" class="unseen">Overview</h1>
    <${Figures} />
    <div class="tools" role="search" aria-label="Machines">
      <${Filter}
        value=${q}
        label="Filter machines"
        placeholder="Filter by name, state or template"
        onInput=${(text) => setQuery({ q: text })}
      />
      <${Choice}
        label="Status"
        value=${status}
        all="any status"
        options=${STATUSES}
        onChange=${(value) => setQuery({ status: value }, { keep: true })}
      />
      <div class="segments" role="group" aria-label="View">
        ${["diagrams", "table"].map(
          (each) => html`
            <button
              key=${each}
              aria-pressed=${view === each}
              onClick=${() => setQuery({ view: each === "table" ? each : null }, { keep: true })}
            >
              ${each}
            </button>
          `,
        )}
      </div>
      <span class="tools-end numbers">${found} ${found === 1 ? "machine" : "machines"}</span>
    </div>
    ${
      !listed.value &&
      html`
        <p class="empty" aria-busy="true">Waiting for the list of machines…</p>
      `
    }
    ${
      listed.value &&
      found === 0 &&
      html`
        <${Nothing} filtered=${Boolean(q || status)} />
      `
    }
    ${
      view === "table"
        ? found > 0 &&
          html`
            <${MachineTable} names=${groups.flatMap(([, names]) => names)} />
          `
        : html`
            <div class="templates">
              ${groups.map(
                ([template, names]) => html`
                  <${Template} key=${template} template=${template} names=${names} />
                `,
              )}
            </div>
          `
    }
  `;
}

/** @param {{filtered: boolean}} props */
function Nothing({ filtered }) {
  if (filtered && everyMachine().length) {
    return html`
      <p class="empty">
        No machine fits this filter.${" "}
        <button onClick=${() => setQuery({ q: null, status: null })}>Show all</button>
      </p>
    `;
  }
  return html`
    <p class="empty">
      No machine has run here yet. Start one with${" "}
      <code>statemachine CONFIG.yaml</code>
      ; it appears by itself.
    </p>
  `;
}
