/** Back to a moment: what every machine's state was then, and one of them in its diagram. */
import { html, useEffect, useRef, useSignal } from "../html.js";
import { serverNow } from "../live/clock.js";
import { machine as known, names } from "../live/machines.js";
import { useShown } from "../live/shown.js";
import { generation } from "../live/streams.js";
import { usePaced } from "../parts/paced.js";
import { exactTime } from "../parts/times.js";
import { allAt } from "../server/calls.js";
import { useKeys } from "../shell/keys.js";
import { route, setQuery } from "../shell/route.js";
import { Moment } from "./history/moment.js";
import { step } from "./history/steps.js";
import { Then } from "./history/then.js";
import { ThenTable } from "./history/then_table.js";

const PAUSE = 120; // milliseconds between two questions while the slider is dragged

export function HistoryPage() {
  useShown("*", []);
  const { at, machine = "", q = "" } = route.value.query;
  const opened = useRef(new Date(serverNow()).toISOString());
  const time = valid(at) ?? opened.current;
  const found = useSignal(
    /** @type {{machines: {name: string, state: string, entered: string}[], id: number, complete: boolean}|Error|null} */ (null),
  );
  const poke = usePaced(
    () =>
      allAt(time).then(
        (answer) => (found.value = answer),
        (error) => (found.value = error),
      ),
    PAUSE,
    [],
  );
  useEffect(poke, [time, generation.value]);
  const goTo = (/** @type {string|null} */ moment) => setQuery({ at: moment });
  const stepping = useRef(Promise.resolve());
  // One after the other: each step goes on from where the one before it led.
  const stepTo = (/** @type {-1|1} */ way) => {
    stepping.current = stepping.current.then(async () => {
      const { at: here, machine: whose = "" } = route.value.query;
      const moment = await step(whose || null, valid(here) ?? opened.current, way).catch(() => null);
      if (moment) goTo(moment);
    });
  };
  useKeys("History", [
    { keys: "[", what: "The change before", run: () => stepTo(-1) },
    { keys: "]", what: "The change after", run: () => stepTo(1) },
  ]);
  const answer = found.value;
  names.value;
  return html`
    <h1 tabindex="-1" class="unseen">History</h1>
    <${Moment} time=${time} machine=${machine} onMove=${goTo} onStep=${stepTo} />
    ${
      answer instanceof Error &&
      html`
        <p class="empty bad">${answer.message}</p>
      `
    }
    ${
      answer &&
      !(answer instanceof Error) &&
      !answer.complete &&
      html`
        <p class="empty bad">The search took too long. Machines that had rested for long then are missing here.</p>
      `
    }
    <div class="then">
      <${ThenTable}
        then=${answer instanceof Error ? [] : (answer?.machines ?? null)}
        time=${time}
        text=${q}
        chosen=${machine}
      />
      ${
        machine
          ? html`
              <${Then} key=${machine} name=${machine} time=${time} onMove=${goTo} />
            `
          : html`
              <section class="panel then-hint">
                <p class="empty">Choose a machine to see its diagram as it was at ${exactTime(time)}.</p>
              </section>
            `
      }
    </div>
  `;
}

/** @param {string|undefined} text */
const valid = (text) => (text && !Number.isNaN(Date.parse(text)) ? text : null);

export const nowOf = (/** @type {string} */ name) => known(name)?.value.state;
