/** One machine as it was: its diagram with the state of then, and what happened around that moment. */
import { html, useCallback, useEffect, useRef, useSignal } from "../../html.js";
import { useGraph } from "../../diagram/definitions.js";
import { machine as known } from "../../live/machines.js";
import { generation } from "../../live/streams.js";
import { usePaced } from "../../parts/paced.js";
import { At, exactTime } from "../../parts/times.js";
import { machineAt, machineHistory } from "../../server/calls.js";
import { address } from "../../shell/route.js";
import { Zoomed } from "../machine/live_diagram.js";

const AROUND = 12; // changes before the moment, and as many after it
const PAUSE = 120; // milliseconds

/** @typedef {import("../../types.js").FeedItem} FeedItem */

/** @param {{name: string, time: string, onMove: (time: string) => void}} props */
export function Then({ name, time, onMove }) {
  const found = useSignal(
    /** @type {{state: string, id: number, definition_hash: string|null, rows: FeedItem[]}|Error|null} */ (null),
  );
  const poke = usePaced(
    () =>
      look(name, time).then(
        (answer) => (found.value = answer),
        (error) => (found.value = error),
      ),
    PAUSE,
    [name],
  );
  useEffect(poke, [time, generation.value]);
  const hash = known(name)?.value.definition_hash;
  const graph = useGraph(name, hash);
  const light = useRef(/** @type {import("../../diagram/light.js").Light|null} */ (null));
  const answer = found.value;
  const show = useCallback(() => {
    const now = found.peek();
    if (!light.current || !graph || graph instanceof Error) return;
    light.current.show(now && !(now instanceof Error) ? now.state : null);
    const row = now && !(now instanceof Error) && now.rows.find((each) => each.id === current(now));
    if (row) light.current.mark(graph, /** @type {any} */ (row.payload), false);
  }, [graph]);
  useEffect(show, [answer, show]);
  const shine = useCallback(
    (/** @type {import("../../diagram/light.js").Light} */ on) => {
      light.current = on;
      show();
    },
    [show],
  );
  const other =
    answer && !(answer instanceof Error) && answer.definition_hash && hash && answer.definition_hash !== hash;
  return html`
    <div class="then-one">
      <p class="then-head">
        <a class="mono" href=${address("machines", name)}>${name}</a>
        ${" "}${`at ${exactTime(time)}:`}${" "}${
          answer instanceof Error
            ? html`
                <span class="bad">${answer.message}</span>
              `
            : html`
                <span class="lit">${answer?.state ?? "…"}</span>
              `
        }${
          other &&
          html`
            ${" "}
            <small>It ran another definition then; the diagram is today's.</small>
          `
        }
      </p>
      ${
        graph instanceof Error
          ? html`
              <p class="empty">No diagram: ${graph.message}</p>
            `
          : graph
            ? html`
                <${Zoomed} graph=${graph} name=${name} live=${shine} />
              `
            : html`
                <div class="panel diagram-frame" aria-busy="true"></div>
              `
      }
      <section class="panel" aria-label="Around that moment">
        <header class="panel-head"><h2>Around that moment</h2></header>
        <ol class="around">
          ${
            answer &&
            !(answer instanceof Error) &&
            answer.rows.map(
              (row) => html`
                <li
                  key=${row.id}
                  class=${row.id > answer.id ? "is-later" : ""}
                  aria-current=${row.id === current(answer) ? "true" : null}
                >
                  <button class="link" onClick=${() => onMove(row.timestamp)}><${At} at=${row.timestamp} /></button>
                  <span class="mono">
                    ${row.payload.internal ? `stays in ${row.payload.to} (internal)` : `${row.payload.from || "start"} → ${row.payload.to}`}
                  </span>
                  <span class="mono">${row.payload.event}</span>
                </li>
              `,
            )
          }
        </ol>
      </section>
    </div>
  `;
}

/** The change that led to the state of then. @param {{id: number, rows: FeedItem[]}} answer */
const current = ({ id, rows }) => rows.find((row) => row.id <= id && !row.payload.internal)?.id;

/** @param {string} name @param {string} time */
async function look(name, time) {
  const at = await machineAt(name, { time });
  const [before, after] = await Promise.all([
    machineHistory(name, { type: "state_change", before: at.id + 1, limit: AROUND }),
    machineHistory(name, { type: "state_change", after: at.id, limit: AROUND }),
  ]);
  return { ...at, rows: [...after.items.reverse(), ...before.items] };
}
