/** All machines as a dense table. */
import { html, useComputed } from "../../html.js";
import { machine } from "../../live/machines.js";
import { Since, Until } from "../../parts/times.js";
import { StatusMark } from "../../parts/status_mark.js";
import { address } from "../../shell/route.js";

/** @param {{names: string[]}} props */
export function MachineTable({ names }) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Machines">
      <table class="dense">
        <thead>
          <tr>
            <th scope="col">Machine</th>
            <th scope="col">Template</th>
            <th scope="col">Status</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col" class="number">Waiting</th>
            <th scope="col">Job</th>
            <th scope="col">Timer</th>
            <th scope="col">Last error</th>
          </tr>
        </thead>
        <tbody>
          ${names.map(
            (name) => html`
              <${Row} key=${name} name=${name} />
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** @param {{name: string}} props */
function Row({ name }) {
  const live = machine(name);
  const state = useComputed(() => live?.value.state);
  const rest = useComputed(() => {
    const { state: _, last_activity: __, ...fields } = live?.value ?? {};
    return JSON.stringify({ ...fields, entered: fields.entered?.slice(0, 19) });
  });
  const { config_type, status, entered, pending, job, next_due, last_error } = JSON.parse(rest.value);
  return html`
    <tr>
      <th scope="row" title=${name}><a href=${address("machines", name)}>${name}</a></th>
      <td class="clip" title=${config_type}>${config_type}</td>
      <td><${StatusMark} status=${status ?? "stopped"} /></td>
      <td class="mono clip" title=${state}>${state}</td>
      <td><${Since} since=${entered ? `${entered}Z` : null} /></td>
      <td class="number">${pending || ""}</td>
      <td class="mono clip" title=${job?.id}>
        ${
          job &&
          html`
            <a href=${address("jobs", job.id)}>${job.id}</a>
          `
        }
      </td>
      <td>
        ${
          next_due &&
          html`
            <${Until} to=${next_due} />
          `
        }
      </td>
      <td class="bad clip" title=${last_error}>${last_error}</td>
    </tr>
  `;
}
