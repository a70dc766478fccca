/** The strip of figures that says whether all is well. */
import { html, untracked, useEffect, useRef, useSignal } from "../../html.js";
import { now } from "../../live/clock.js";
import { everyMachine } from "../../live/machines.js";
import { jobCounts, seen } from "../../live/streams.js";
import { Spark } from "../../parts/spark.js";
import { Since } from "../../parts/times.js";
import { StatusMark } from "../../parts/status_mark.js";
import { address } from "../../shell/route.js";

const KEPT = 60; // seconds

export function Figures() {
  now.value; // once a second is enough for sums, and twenty times would not be
  const machines = untracked(everyMachine);
  const status = countBy(machines, (each) => each.status);
  const waiting = machines.reduce((sum, each) => sum + each.pending, 0);
  const oldest =
    machines
      .map((each) => each.oldest_pending)
      .filter(Boolean)
      .sort()[0] ?? null;
  const jobs = jobCounts.value ?? {};
  return html`
    <dl class="figures" aria-label="Figures">
      ${["running", "waiting", "paused", "stopped", "finished", "failed"].map(
        (each) => html`
          <div key=${each} class=${each === "failed" && status.get(each) ? "is-bad" : ""}>
            <dt><${StatusMark} status=${each} /></dt>
            <dd><a href=${address("overview", null, { status: each })}>${status.get(each) ?? 0}</a></dd>
          </div>
        `,
      )}
      <div class="wide">
        <dt>events waiting</dt>
        <dd>
          ${waiting}${
            oldest &&
            html`
              <small>
                oldest${" "}
                <${Since} since=${oldest} />
              </small>
            `
          }
        </dd>
      </div>
      <div>
        <dt>jobs open</dt>
        <dd><a href=${address("jobs")}>${(jobs.pending ?? 0) + (jobs.scheduled ?? 0) + (jobs.processing ?? 0)}</a></dd>
      </div>
      <div class=${jobs.failed ? "is-bad" : ""}>
        <dt>jobs failed</dt>
        <dd><a href=${address("jobs", null, { view: "table", status: "failed" })}>${jobs.failed ?? 0}</a></dd>
      </div>
      <${Rate} />
    </dl>
  `;
}

function Rate() {
  const rates = useSignal(/** @type {number[]} */ (Array(KEPT).fill(0)));
  const before = useRef(seen.transitions + seen.skipped);
  useEffect(
    () =>
      now.subscribe(() => {
        const total = seen.transitions + seen.skipped;
        rates.value = [...rates.peek().slice(1), total - before.current];
        before.current = total;
      }),
    [],
  );
  const last = rates.value[KEPT - 1];
  return html`
    <div class="rate">
      <dt>changes a second</dt>
      <dd data-seen=${seen.transitions} data-skipped=${seen.skipped}>
        <span>${last}</span>
        <${Spark}
          values=${rates.value}
          label=${`State changes a second in the last minute; now ${last}, at most ${Math.max(...rates.value)}`}
        />
      </dd>
    </div>
  `;
}

/**
 * @template T
 * @param {T[]} items @param {(item: T) => string} key
 */
function countBy(items, key) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
