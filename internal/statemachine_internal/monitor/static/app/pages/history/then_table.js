/** All machines: then, and now beside it. */
import { html } from "../../html.js";
import { Filter } from "../../parts/choices.js";
import { duration } from "../../parts/times.js";
import { route, setQuery } from "../../shell/route.js";
import { nowOf } from "../history.js";

/** @param {{then: {name: string, state: string, entered: string}[]|null, time: string, text: string, chosen: string}} props */
export function ThenTable({ then, time, text, chosen }) {
  const wanted = text.toLowerCase();
  const fitting = (then ?? []).filter(
    ({ name, state }) => !wanted || name.toLowerCase().includes(wanted) || state.toLowerCase().includes(wanted),
  );
  return html`
    <section class="panel" aria-label="All machines then">
      <header class="panel-head">
        <h2>Then</h2>
        <${Filter}
          value=${text}
          label="Filter machines"
          placeholder="Filter"
          onInput=${(value) => setQuery({ q: value })}
        />
      </header>
      <div class="scroll plain then-rows" tabindex="0" role="region" aria-label="All machines then, scrollable">
        <table class="dense">
          <thead>
            <tr>
              <th scope="col">Machine</th>
              <th scope="col">State then</th>
              <th scope="col">For</th>
              <th scope="col">Now</th>
            </tr>
          </thead>
          <tbody>
            ${fitting.map(({ name, state, entered }) => {
              const now = nowOf(name);
              return html`
                <tr key=${name} aria-current=${chosen === name ? "true" : null}>
                  <th scope="row">
                    <button
                      class="link mono"
                      aria-pressed=${chosen === name}
                      title=${name}
                      onClick=${() => setQuery({ machine: name, at: route.value.query.at ?? time }, { keep: true })}
                    >
                      ${name}
                    </button>
                  </th>
                  <td class="mono" title=${state}>${state}</td>
                  <td class="numbers">${duration(Date.parse(time) - Date.parse(entered))}</td>
                  <td class=${`mono ${now === state ? "same" : ""}`} title=${now}>${now ?? "not known"}</td>
                </tr>
              `;
            })}
          </tbody>
        </table>
        ${
          fitting.length === 0 &&
          html`
            <p class="empty">${then === null ? "Reading…" : "No machine had run by then, or none fits."}</p>
          `
        }
      </div>
    </section>
  `;
}
