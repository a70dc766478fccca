/** One machine, small. Signals go straight into the texts, so a change of state draws no card anew. */
import { html, effect, useCallback, useComputed } from "../../html.js";
import { Diagram } from "../../diagram/diagram.js";
import { useGraph } from "../../diagram/definitions.js";
import { machine } from "../../live/machines.js";
import { Since, Until } from "../../parts/times.js";
import { StatusMark } from "../../parts/status_mark.js";
import { address } from "../../shell/route.js";

const ROOM = { width: 300, height: 84 };

/** @param {{name: string, heading: "h2"|"h3"}} props */
export function MachineCard({ name, heading }) {
  const live = machine(name);
  return live
    ? html`
        <${Card} name=${name} live=${live} heading=${heading} />
      `
    : null;
}

/** @param {{name: string, live: import("../../../vendor/signals.js").Signal<import("../../types.js").Machine>, heading: string}} props */
function Card({ name, live, heading: Heading }) {
  const state = useComputed(() => live.value.state);
  return html`
    <article class="card">
      <header>
        <${Heading}><a href=${address("machines", name)} title=${name}>${name}</a><//>
        <${Status} live=${live} />
      </header>
      <${Small} name=${name} live=${live} />
      <p class="card-state">
        <span class="lit" title=${state}>${state}</span>
        <${Entered} live=${live} />
      </p>
      <${Work} live=${live} />
    </article>
  `;
}

/** @param {{live: any}} props */
function Status({ live }) {
  const status = useComputed(() => live.value.status);
  return html`
    <${StatusMark} status=${status.value} />
  `;
}

/** @param {{live: any}} props */
function Entered({ live }) {
  const second = useComputed(() => live.value.entered?.slice(0, 19)); // no new text for a change within a second
  return html`
    <${Since} since=${second.value ? `${second.value}Z` : null} />
  `;
}

/** What it is at, in one line that is always there. @param {{live: any}} props */
function Work({ live }) {
  const shown = useComputed(() => {
    const { job, pending, next_due, last_error, status } = live.value;
    return JSON.stringify({ job, pending, next_due, error: status === "failed" ? last_error : null });
  });
  const { job, pending, next_due, error } = JSON.parse(shown.value);
  return html`
    <p class="card-work">
      ${
        error &&
        html`
          <span class="bad" title=${error}>${error}</span>
        `
      }
      ${
        job &&
        html`
          <a class="job" href=${address("jobs", job.id)}>
            ${job.id}${job.progress !== null && job.progress !== undefined ? ` ${Math.round(job.progress)} %` : ""}
          </a>
        `
      }
      ${
        pending > 0 &&
        html`
          <span>${pending} waiting</span>
        `
      }
      ${
        next_due &&
        html`
          <span>
            timer${" "}
            <${Until} to=${next_due} />
          </span>
        `
      }
    </p>
  `;
}

/** @param {{name: string, live: any}} props */
function Small({ name, live }) {
  const hash = useComputed(() => live.value.definition_hash).value;
  const graph = useGraph(name, hash);
  const light = useCallback(
    (/** @type {import("../../diagram/light.js").Light} */ on) => effect(() => on.show(live.value.state)),
    [live],
  );
  return html`
    <div class="card-diagram">
      ${
        graph &&
        !(graph instanceof Error) &&
        html`
          <${Diagram}
            graph=${graph}
            detail="tiny"
            room=${ROOM}
            label=${`Diagram of ${name}`}
            live=${light}
          />
        `
      }
    </div>
  `;
}
