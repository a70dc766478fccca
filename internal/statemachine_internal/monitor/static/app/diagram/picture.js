/** A drawing as SVG. It is made once; what is live is put onto it by `light.js`, without any new drawing. */
import { html } from "../html.js";
import { shortened } from "./measure.js";
import { BOX_HEIGHT, LINE_HEIGHT, labelWidth } from "./layout.js";

/** @typedef {import("./layout.js").Drawing} Drawing @typedef {import("./layout.js").Place} Place @typedef {import("./parts_of.js").Label} Label */

const HEAD = { full: 9, names: 8, tiny: 6 }; // pixels, of an arrowhead

/** @param {Drawing} drawing @param {import("./layout.js").Detail} detail @param {string} arrow  the id of the arrowhead */
export function picture(drawing, detail, arrow) {
  return html`
    <defs>
      <marker
        id=${arrow}
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerUnits="userSpaceOnUse"
        markerWidth=${HEAD[detail]}
        markerHeight=${HEAD[detail]}
        orient="auto-start-reverse"
      >
        <path class="arrow" d="M0,0.8L8,4L0,7.2z" />
      </marker>
    </defs>
    ${drawing.groups.map(group)}
    ${drawing.lines.map(({ id, path, labels, label }) => {
      const timed = labels.every((each) => each.kind === "timeout");
      return html`
        <g class=${`line ${timed ? "line-timed" : ""}`} data-part=${id} key=${id}>
          <path d=${path} marker-end=${`url(#${arrow})`} />
          ${label && labels.map((each, index) => text(each, label.x, label.y + (index - (labels.length - 1) / 2) * LINE_HEIGHT))}
        </g>
      `;
    })}
    ${drawing.stubs.map(
      ({ id, place, path, labels }) => html`
        <g class="line stub" data-part=${id} key=${id}>
          ${
            path &&
            html`
              <path d=${path} marker-end=${`url(#${arrow})`} />
            `
          }
          <rect ...${corner(place)} width=${place.width} height=${place.height} rx="4" />
          <text class="stub-head" x=${place.x} y=${place.y - place.height / 2 + 10}>any state</text>
          ${labels.map((each, index) => text(each, place.x, place.y - place.height / 2 + (index + 1.5) * LINE_HEIGHT + 3))}
        </g>
      `,
    )}
    ${drawing.boxes.map((box) => state(box, detail))}
  `;
}

/** @param {Drawing["boxes"][number]} box @param {import("./layout.js").Detail} detail */
function state({ state, inner, place }, detail) {
  const { x, y, width, height } = place;
  const radius = detail === "tiny" ? 3 : 6;
  const actions = state.actions.map((action) => action.text || action.type);
  const nameAt = detail === "full" ? y - height / 2 + BOX_HEIGHT / 2 : y;
  return html`
    <g
      class=${`state ${state.initial ? "state-initial" : ""} ${state.final ? "state-final" : ""} ${state.outside ? "state-outside" : ""}`}
      data-state=${state.name}
      key=${state.name}
    >
      <title>${[state.name, ...actions].join("\n")}</title>
      <rect
        class="glow"
        x=${x - width / 2 - 4}
        y=${y - height / 2 - 4}
        width=${width + 8}
        height=${height + 8}
        rx=${radius + 4}
      />
      <rect class="box" ...${corner(place)} width=${width} height=${height} rx=${radius} />
      ${
        state.final &&
        html`
          <rect
            class="inner-box"
            x=${x - width / 2 + 3}
            y=${y - height / 2 + 3}
            width=${width - 6}
            height=${height - 6}
            rx=${radius - 2}
          />
        `
      }
      ${
        state.initial &&
        detail !== "tiny" &&
        html`
          <circle class="origin" cx=${x - width / 2 + 9} cy=${nameAt} r="3" />
        `
      }
      ${
        detail !== "tiny" &&
        html`
          <text class="state-name" x=${x} y=${nameAt}>${shortened(state.name)}</text>
        `
      }
      ${
        detail === "full" &&
        inner.map(
          (each, index) => html`
            <g class="line inner" data-part=${`in>${state.name}`}>
              ${text(each, x, nameAt + (index + 1) * LINE_HEIGHT + 3)}
            </g>
          `,
        )
      }
      <g class="badge">
        <rect x=${x + width / 2 - 16} y=${y - height / 2 - 9} width="26" height="17" rx="8.5" />
        <text x=${x + width / 2 - 3} y=${y - height / 2}></text>
      </g>
    </g>
  `;
}

/** @param {Label} label @param {number} x @param {number} y */
function text(label, x, y) {
  const width = labelWidth(label);
  const sign = label.kind === "timeout" ? clock : label.interrupt ? bolt : null;
  return html`
    <g class=${`label label-${label.kind}`} data-transition=${label.transition.id}>
      <title>${label.title}</title>
      <rect x=${x - width / 2} y=${y - LINE_HEIGHT / 2} width=${width} height=${LINE_HEIGHT} rx="3" />
      ${
        sign &&
        html`
          <g class="sign" transform=${`translate(${x - width / 2 + 3} ${y - 5})`}>${sign}</g>
        `
      }
      <text x=${x + (sign ? 7 : 0)} y=${y}>${label.text}</text>
    </g>
  `;
}

const clock = html`
  <g>
    <circle cx="5" cy="5" r="4.2" />
    <path d="M5 2.6V5l1.8 1.2" />
  </g>
`;
const bolt = html`
  <path d="M6 0.8L2 5.6h2.6L3.8 9.4 8 4.4H5.4z" />
`;

/** @param {{name: string, place: Place}} part */
function group({ name, place }) {
  return html`
    <g class="group" key=${`group ${name}`}>
      <rect ...${corner(place)} width=${place.width} height=${place.height} rx="8" />
      <text x=${place.x - place.width / 2 + 8} y=${place.y - place.height / 2 + 11}>${shortened(name)}</text>
    </g>
  `;
}

/** @param {Place} place */
const corner = ({ x, y, width, height }) => ({ x: x - width / 2, y: y - height / 2 });
