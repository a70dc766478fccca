/** The whole of a diagram, or one of its groups alone; which one stands in the address. */
import { html, useComputed } from "../../html.js";
import { setQuery } from "../../shell/route.js";

const BUTTONS = 5; // more parts than this are a list

/** @typedef {{name: string, title: string, states: string[]}} Part */

/** @param {string} part  "" is the whole */
export const showPart = (part) => setQuery({ part }, { keep: true });

/** @param {{parts: Part[], part: string}} props */
export function PartChoice({ parts, part }) {
  const all = [{ name: "", title: "Whole" }, ...parts];
  if (all.length > BUTTONS)
    return html`
      <select
        class="part-choice"
        aria-label="Part of the diagram"
        value=${part}
        onChange=${(event) => showPart(event.target.value)}
      >
        ${all.map(
          ({ name, title }) => html`
            <option key=${name} value=${name}>${title}</option>
          `,
        )}
      </select>
    `;
  return html`
    <div class="part-choice segments" role="group" aria-label="Part of the diagram">
      ${all.map(
        ({ name, title }) => html`
          <button class="small" key=${name} aria-pressed=${part === name} title=${title} onClick=${() => showPart(name)}>
            ${title}
          </button>
        `,
      )}
    </div>
  `;
}

/** Where the machine is, as long as that is in none of the states of the part. @param {{live: any, parts: Part[], chosen: Part}} props */
export function Elsewhere({ live, parts, chosen }) {
  const state = useComputed(() => live.value.state).value;
  if (chosen.states.includes(state)) return null;
  const there = parts.find((each) => each.states.includes(state));
  return html`
    <p class="elsewhere">
      now in${" "}
      <span class="lit">${state}</span>
      <button class="small" onClick=${() => showPart(there?.name ?? "")}>
        ${there ? `Show ${there.title}` : "Show the whole"}
      </button>
    </p>
  `;
}
