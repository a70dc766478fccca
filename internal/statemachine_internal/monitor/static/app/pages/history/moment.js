/** Chooses the moment: by a slider, by typing it, or from change to change. */
import { html, useRef, useState } from "../../html.js";
import { serverNow } from "../../live/clock.js";
import { duration } from "../../parts/times.js";

const SPANS = /** @type {const} */ ([
  [600, "10 min"],
  [3600, "1 h"],
  [86_400, "1 d"],
  [604_800, "7 d"],
]);
const STEPS = 2000;

/** @param {{time: string, machine: string, onMove: (time: string|null) => void, onStep: (way: -1|1) => void}} props */
export function Moment({ time, machine, onMove, onStep }) {
  const [span, setSpan] = useState(/** @type {number} */ (fitting(time)));
  const end = useRef(serverNow()).current;
  const begin = end - span * 1000;
  const position = Math.round(((Date.parse(time) - begin) / (end - begin)) * STEPS);
  const whose = machine ? `The change of ${machine}` : "A second";
  const before = duration(serverNow() - Date.parse(time));
  return html`
    <section class="panel moment" aria-label="The moment">
      <div class="moment-row">
        <button onClick=${() => onStep(-1)} title=${`${whose} before ([)`}>◀ Before</button>
        <input
          type="datetime-local"
          step="0.001"
          aria-label="Date and time"
          value=${local(time)}
          onChange=${(event) => event.target.value && onMove(new Date(event.target.value).toISOString())}
        />
        <button onClick=${() => onStep(1)} title=${`${whose} after (])`}>After ▶</button>
        <span class="moment-ago numbers">${before} ago</span>
        <div class="segments" role="group" aria-label="Span of the slider">
          ${SPANS.map(
            ([seconds, words]) => html`
              <button key=${words} aria-pressed=${span === seconds} onClick=${() => setSpan(seconds)}>${words}</button>
            `,
          )}
        </div>
        <button onClick=${() => onMove(new Date(serverNow()).toISOString())}>Now</button>
      </div>
      <input
        type="range"
        min="0"
        max=${STEPS}
        value=${Math.max(0, Math.min(STEPS, position))}
        aria-label="Moment"
        aria-valuetext=${`${before} ago`}
        onInput=${(event) => onMove(new Date(begin + (Number(event.target.value) / STEPS) * (end - begin)).toISOString())}
      />
    </section>
  `;
}

/** The shortest span that reaches back to a moment. @param {string} time */
function fitting(time) {
  const past = (serverNow() - Date.parse(time)) / 1000;
  return (SPANS.find(([seconds]) => seconds >= past) ?? SPANS[SPANS.length - 1])[0];
}

/** As the field wants it: local time, without a zone. @param {string} time */
function local(time) {
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 23);
}
