/** The machine's diagram, in a frame that can be zoomed and scrolled. */
import { html, effect, useCallback, useComputed, useEffect, useRef, useState } from "../../html.js";
import { Diagram } from "../../diagram/diagram.js";
import { drawingOf, useGraph, useParts } from "../../diagram/definitions.js";
import { useStream } from "../../live/streams.js";
import { route } from "../../shell/route.js";
import { Elsewhere, PartChoice, showPart } from "./part_choice.js";

/** @typedef {import("../../types.js").FeedItem} FeedItem */

const LARGEST = 1.25; // a small diagram is not blown up beyond this
const SMALLEST = 0.82; // a large one is scrolled rather than made illegible
const STEP = 1.25;

/** @param {{name: string, live: any, rows: import("./rows.js").Rows}} props */
export function LiveDiagram({ name, live, rows }) {
  const hash = useComputed(() => live.value.definition_hash).value;
  const parts = useParts(name, hash);
  const { part = "" } = route.value.query;
  const chosen = parts.find((each) => each.name === part);
  const graph = useGraph(name, hash, part);
  const light = useRef(/** @type {import("../../diagram/light.js").Light|null} */ (null));
  const mark = useCallback(
    (/** @type {FeedItem|undefined} */ row, /** @type {boolean} */ moving) => {
      if (row && graph && !(graph instanceof Error))
        light.current?.mark(graph, /** @type {any} */ (row.payload), moving);
    },
    [graph],
  );
  const shine = useCallback(
    (/** @type {import("../../diagram/light.js").Light} */ on) => {
      light.current = on;
      mark(
        rows.items.peek().find((/** @type {FeedItem} */ row) => row.type === "state_change"),
        false,
      );
      return effect(() => on.show(live.value.state));
    },
    [live, graph],
  );
  useStream("transitions", (news) => mark(news.filter((row) => row.machine_name === name).at(-1), true), [name, mark]);
  useEffect(
    () =>
      rows.items.subscribe(
        (items) =>
          light.current?.last.length === 0 &&
          mark(
            items.find((row) => row.type === "state_change"),
            false,
          ),
      ),
    [mark],
  );
  if (graph instanceof Error)
    return html`
      <section class="panel diagram-frame" aria-label="Diagram">
        <p class="empty">
          No diagram: ${graph.message}
          ${
            part &&
            html`
              ${" "}
              <button onClick=${() => showPart("")}>Show the whole</button>
            `
          }
        </p>
      </section>
    `;
  if (!graph)
    return html`
      <section class="panel diagram-frame" aria-label="Diagram" aria-busy="true"></section>
    `;
  return html`
    <${Zoomed} graph=${graph} name=${name} live=${shine} headed=${parts.length > 0}>
      ${
        (parts.length > 0 || part) &&
        html`
          <${PartChoice} parts=${parts} part=${part} />
        `
      }
      ${
        chosen &&
        html`
          <${Elsewhere} live=${live} parts=${parts} chosen=${chosen} />
        `
      }
    <//>
  `;
}

/** @param {{graph: any, name: string, live: any, headed?: boolean, children?: any}} props */
export function Zoomed({ graph, name, live, headed = false, children }) {
  const frame = useRef(/** @type {HTMLElement|null} */ (null));
  const [room, setRoom] = useState({ width: 900, height: 480 });
  const [zoom, setZoom] = useState(/** @type {number|null} */ (null));
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) =>
      setRoom({ width: Math.max(200, entry.contentRect.width), height: Math.max(200, entry.contentRect.height) }),
    );
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  const { width, height } = drawingOf(graph, "full", room);
  const fitting = Math.min(room.width / width, room.height / height, LARGEST);
  const scale = zoom ?? Math.max(fitting, SMALLEST);
  useEffect(() => {
    const lit = frame.current?.querySelector(".is-current .box")?.getBoundingClientRect();
    const seen = frame.current?.getBoundingClientRect();
    if (!lit || !seen || !frame.current) return;
    frame.current.scrollBy({
      left: lit.x + lit.width / 2 - seen.x - seen.width / 2,
      top: lit.y + lit.height / 2 - seen.y - seen.height / 2,
    });
  }, [scale]);
  const by = (/** @type {number} */ factor) => setZoom(Math.min(3, Math.max(0.2, scale * factor)));
  return html`
    <section class="panel diagram-panel" aria-label="Diagram">
      ${children}
      <div class=${`diagram-frame ${headed ? "is-headed" : ""}`} ref=${frame} tabindex="0" role="region" aria-label="Diagram, scrollable">
        <${Diagram}
          graph=${graph}
          detail="full"
          room=${room}
          label=${`Diagram of ${name}: ${graph.states.length} states; the current one is told above`}
          scale=${scale}
          live=${live}
        />
      </div>
      <div class="zoom" role="group" aria-label="Zoom">
        <button class="quiet small" onClick=${() => by(1 / STEP)} aria-label="Smaller">−</button>
        <button
          class="quiet small"
          onClick=${() => setZoom(scale === fitting ? null : fitting)}
          aria-pressed=${scale === fitting}
        >
          fit
        </button>
        <button class="quiet small" onClick=${() => by(STEP)} aria-label="Larger">+</button>
      </div>
    </section>
  `;
}
