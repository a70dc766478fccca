/** One message: an arrow from lane to lane, which opens to the whole of it. */
import { html, useState } from "../../html.js";
import { JsonView, brief } from "../../parts/json_view.js";
import { At } from "../../parts/times.js";
import { StatusMark } from "../../parts/status_mark.js";
import { address } from "../../shell/route.js";

/** @param {{message: import("../../types.js").Message, from: number, to: number}} props */
export function MessageRow({ message, from, to }) {
  const [open, setOpen] = useState(false);
  const { id, type, source, target, status, payload, created, processed, error, job_id } = message;
  const way = from === to ? "self" : from < to ? "right" : "left";
  const place = { "--left": Math.min(from, to), "--span": Math.max(1, Math.abs(to - from)) };
  return html`
    <li class=${`message message-${status} message-${way}`}>
      <div class="message-row">
        <span class="lane-time"><${At} at=${created} /></span>
        <span class="message-arrow" style=${place} aria-hidden="true"></span>
        <button
          class="message-label"
          style=${place}
          aria-label=${`${type}, from ${source || "outside"} to ${target}, ${status}`}
          aria-expanded=${open}
          onClick=${() => setOpen(!open)}
        >
          <${StatusMark} status=${status} word=${false} />
          <span title=${type}>${type}</span>
        </button>
      </div>
      ${
        open &&
        html`
          <div class="message-whole">
            <dl class="facts">
              <div>
                <dt>event</dt>
                <dd class="mono">${id}</dd>
              </div>
              <div>
                <dt>from</dt>
                <dd class="mono">${source || "outside"}</dd>
              </div>
              <div>
                <dt>to</dt>
                <dd><a class="mono" href=${address("machines", target)}>${target}</a></dd>
              </div>
              <div>
                <dt>status</dt>
                <dd>
                  <${StatusMark} status=${status} />
                  ${
                    processed &&
                    html`
                      ${" "}
                      <${At} at=${processed} />
                    `
                  }
                </dd>
              </div>
              ${
                job_id &&
                html`
                  <div>
                    <dt>job</dt>
                    <dd><a class="mono" href=${address("jobs", job_id)}>${job_id}</a></dd>
                  </div>
                `
              }
              ${
                error &&
                html`
                  <div>
                    <dt>error</dt>
                    <dd class="bad">${error}</dd>
                  </div>
                `
              }
            </dl>
            ${
              brief(payload)
                ? html`
                    <${JsonView} value=${payload} />
                  `
                : html`
                    <p class="none">No payload.</p>
                  `
            }
          </div>
        `
      }
    </li>
  `;
}
