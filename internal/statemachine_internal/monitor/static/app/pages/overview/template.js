/** The machines of one template: one of them as a card; several folded into one diagram that counts them by state. */
import { html, effect, useCallback, useMemo } from "../../html.js";
import { Diagram } from "../../diagram/diagram.js";
import { drawingOf, useGraph } from "../../diagram/definitions.js";
import { machine } from "../../live/machines.js";
import { address, route, setQuery } from "../../shell/route.js";
import { MachineCard } from "./card.js";

const ROOM = { width: 520, height: 170 };
const READABLE = 0.6; // of its size a name can still be read
const LISTED = 12; // machines that a folded template names

/** @param {{template: string, names: string[]}} props */
export function Template({ template, names }) {
  if (names.length === 1)
    return html`
      <${MachineCard} name=${names[0]} heading="h2" />
    `;
  const unfolded = (route.value.query.open ?? "").split(",").filter(Boolean);
  const open = unfolded.includes(template);
  const fold = () =>
    setQuery(
      { open: (open ? unfolded.filter((each) => each !== template) : [...unfolded, template]).join(",") },
      { keep: true },
    );
  return html`
    <section class=${`template ${open ? "is-open" : ""}`} aria-label=${template}>
      <h2>
        <button class="fold" aria-expanded=${open} onClick=${fold}>
          <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true"><path d="M3 1.5l4 3.5-4 3.5" /></svg>
          <span title=${template}>${template || "without a template"}</span>
          <span class="times">× ${names.length}</span>
        </button>
      </h2>
      ${
        open
          ? html`
              <div class="cards">
                ${names.map(
                  (name) => html`
                    <${MachineCard} key=${name} name=${name} heading="h3" />
                  `,
                )}
              </div>
            `
          : html`
              <${Folded} names=${names} template=${template} />
            `
      }
    </section>
  `;
}

/** @param {{template: string, names: string[]}} props */
function Folded({ template, names }) {
  const hash = machine(names[0])?.peek().definition_hash;
  const graph = useGraph(names[0], hash);
  const live = useCallback(
    (/** @type {import("../../diagram/light.js").Light} */ light) =>
      effect(() => {
        /** @type {Map<string, number>} */
        const counts = new Map();
        for (const name of names) {
          const state = machine(name)?.value.state;
          if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
        }
        light.count(counts);
      }),
    [names],
  );
  const detail = useMemo(
    () => (graph && !(graph instanceof Error) ? readable(graph) : "tiny"),
    [graph],
  );
  return html`
    <div class="folded">
      <div class="folded-diagram">
        ${
          graph &&
          !(graph instanceof Error) &&
          html`
            <${Diagram}
              graph=${graph}
              detail=${detail}
              room=${ROOM}
              label=${`States of ${template}, with the number of machines in each`}
              live=${live}
            />
          `
        }
      </div>
      <ul class="folded-names">
        ${names.slice(0, LISTED).map(
          (name) => html`
            <li key=${name}>
              <a href=${address("machines", name)} title=${name}>${name}</a>
              <${StateOf} name=${name} />
            </li>
          `,
        )}
        ${
          names.length > LISTED &&
          html`
            <li class="more">and ${names.length - LISTED} more</li>
          `
        }
      </ul>
    </div>
  `;
}

/** Names where there is room for them. @param {import("../../types.js").Graph} graph */
function readable(graph) {
  const { width, height } = drawingOf(graph, "names", ROOM);
  return Math.min(ROOM.width / width, ROOM.height / height) < READABLE ? "tiny" : "names";
}

/** @param {{name: string}} props */
function StateOf({ name }) {
  const state = machine(name)?.value.state;
  return html`
    <span class="state-name" title=${state}>${state}</span>
  `;
}
