/** "Why did nothing happen?": what waits, what was ignored, and the likely reason in words. */
import { html } from "../../html.js";
import { phase } from "../../live/connection.js";
import { trouble } from "../../live/database.js";
import { JsonView, brief } from "../../parts/json_view.js";
import { Since, Until } from "../../parts/times.js";
import { StatusMark } from "../../parts/status_mark.js";
import { reasons } from "./reasons.js";

/** @param {{live: any, detail: any}} props */
export function Why({ live, detail }) {
  const found = detail.value;
  const pending = found?.pending_events ?? [];
  const ignored = found?.recent_ignored ?? [];
  return html`
    <section class="panel side" aria-label="Why did nothing happen?">
      <h2>Why did nothing happen?</h2>
      <ul class="reasons">
        ${reasons(live.value, found, phase.value === "lost" || trouble.value !== null).map(
          (text) => html`
            <li key=${text}>${text}</li>
          `,
        )}
      </ul>
      <h3>
        Waiting${" "}
        <span class="numbers">${live.value.pending}</span>
      </h3>
      ${
        pending.length
          ? html`
              <ul class="events">
                ${pending.map(event)}
              </ul>
            `
          : html`
              <p class="none">No event waits.</p>
            `
      }
      <h3>Ignored of late</h3>
      ${
        ignored.length
          ? html`
              <ul class="events">
                ${ignored.slice(0, 8).map(event)}
              </ul>
            `
          : html`
              <p class="none">None.</p>
            `
      }
    </section>
  `;
}

/** @param {import("../../types.js").Message} each */
function event(each) {
  const later = each.not_before && Date.parse(each.not_before) > Date.parse(each.created) + 1000;
  return html`
    <li key=${each.id}>
      <details>
        <summary>
          <${StatusMark} status=${each.status} word=${false} />
          ${" "}
          <span class="mono">${each.type}</span>
          ${" "}
          <small>
            ${`from ${each.source || "outside"}, `}
            <${Since} since=${each.created} />
            ${" ago"}${
              later && each.status === "pending"
                ? html`
                    , not before${" "}
                    <${Until} to=${each.not_before} />
                  `
                : ""
            }
          </small>
        </summary>
        ${
          each.error &&
          html`
            <p class="bad">${each.error}</p>
          `
        }
        ${
          brief(each.payload)
            ? html`
                <${JsonView} value=${each.payload} />
              `
            : html`
                <p class="none">No payload.</p>
              `
        }
      </details>
    </li>
  `;
}
