/** The states over time, as a ribbon that moves on. */
import { html, useEffect, useState } from "../../html.js";
import { now } from "../../live/clock.js";
import { clockTime, duration } from "../../parts/times.js";
import { hueOf } from "../../parts/hues.js";
import { stretches } from "./stretches.js";

const SPANS = [
  [60, "1 min"],
  [600, "10 min"],
  [3600, "1 h"],
  [86_400, "1 d"],
];
const WIDTH = 1000;
const MOST = 1500; // rows that are read for it
const LABEL_WIDTH = 60; // a stretch of at least this much has its name inside

/** @param {{live: any, rows: import("./rows.js").Rows}} props */
export function Ribbon({ live, rows }) {
  const [span, setSpan] = useState(600);
  const end = now.value;
  const begin = end - span * 1000;
  useEffect(() => {
    const oldest = rows.items.value.at(-1);
    const wanted = oldest && !rows.complete.value && Date.parse(oldest.timestamp) > Date.now() - span * 1000;
    if (wanted && rows.items.value.length < MOST) rows.older().catch(() => {});
  }, [span, rows.items.value.at(-1)?.id]);
  const parts = stretches(rows.items.value, begin, end);
  const x = (/** @type {number} */ at) => Math.round(((at - begin) / (end - begin)) * WIDTH * 10) / 10;
  const label = `States of the last ${duration(span * 1000)}: ${parts.length} stretches; now ${live.peek().state}. The list below has each change.`;
  return html`
    <section class="panel ribbon-panel" aria-label="States over time">
      <header>
        <h2>States over time</h2>
        <div class="segments" role="group" aria-label="Span">
          ${SPANS.map(
            ([seconds, words]) => html`
              <button
                class="small"
                key=${words}
                aria-pressed=${span === seconds}
                onClick=${() => setSpan(Number(seconds))}
              >
                ${words}
              </button>
            `,
          )}
        </div>
      </header>
      <div class="ribbon" role="img" aria-label=${label}>
        ${parts.map(
          ({ state, from, to, id }) => html`
            <div
              key=${id}
              class="stretch"
              style=${{ left: `${x(from) / 10}%`, width: `${Math.max(0.15, (x(to) - x(from)) / 10)}%`, "--hue": hueOf(state) }}
              title=${`${state}, from ${clockTime(from)} for ${duration(to - from)}`}
            >
              ${x(to) - x(from) > LABEL_WIDTH && state}
            </div>
          `,
        )}
      </div>
      <div class="ribbon-scale numbers" aria-hidden="true">
        <span>${clockTime(begin)}</span>
        <span>${clockTime((begin + end) / 2)}</span>
        <span>${clockTime(end)}</span>
      </div>
    </section>
  `;
}
