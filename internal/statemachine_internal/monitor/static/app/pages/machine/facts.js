/** Timers, context and process of the machine. */
import { html } from "../../html.js";
import { JsonView } from "../../parts/json_view.js";
import { At, Since, Until } from "../../parts/times.js";

/** @param {{live: any, detail: any}} props */
export function Facts({ live, detail }) {
  const found = detail.value;
  const machine = live.value;
  const timers = found?.timers ?? [];
  const unit = Object.entries(found?.unit ?? {}).filter(([key, value]) => value !== null && key !== "definition_hash");
  return html`
    <section class="panel side" aria-label="Timers">
      <h2>Timers</h2>
      ${
        timers.length
          ? html`
              <ul class="timers">
                ${timers.map(
                  (/** @type {any} */ timer) => html`
                    <li key=${timer.name}>
                      <span class="mono">${timer.name}</span>
                      <${Until} to=${timer.due} />
                    </li>
                  `,
                )}
              </ul>
            `
          : html`
              <p class="none">No timer runs.</p>
            `
      }
    </section>
    <section class="panel side" aria-label="Context">
      <h2>Context</h2>
      ${
        !found
          ? html`
              <p class="none">Reading…</p>
            `
          : Object.keys(found.context ?? {}).length
            ? html`
                <${JsonView} value=${found.context} />
              `
            : html`
                <p class="none">Empty.</p>
              `
      }
    </section>
    <section class="panel side" aria-label="Process">
      <h2>Process</h2>
      <dl class="facts">
        <div>
          <dt>now</dt>
          <dd>${machine.running ? "a process runs" : "no process"}, ${machine.status}</dd>
        </div>
        ${
          machine.started &&
          html`
            <div>
              <dt>started</dt>
              <dd><${At} at=${machine.started} /></dd>
            </div>
          `
        }
        ${
          machine.last_activity &&
          html`
            <div>
              <dt>last activity</dt>
              <dd>
                <${Since} since=${machine.last_activity} />
                ${" "}ago
              </dd>
            </div>
          `
        }
        ${unit.map(
          ([key, value]) => html`
            <div key=${key}>
              <dt>${key.replaceAll("_", " ")}</dt>
              <dd class="mono">${String(value)}</dd>
            </div>
          `,
        )}
        <div>
          <dt>definition</dt>
          <dd class="mono">${machine.definition_hash?.slice(0, 16)}</dd>
        </div>
        ${
          machine.last_error &&
          html`
            <div>
              <dt>last error</dt>
              <dd class="bad">${machine.last_error}</dd>
            </div>
          `
        }
      </dl>
    </section>
  `;
}
