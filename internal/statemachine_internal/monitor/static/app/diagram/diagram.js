/** A machine's diagram, live or as it was. */
import { html, useLayoutEffect, useMemo, useRef } from "../html.js";
import { drawingOf } from "./definitions.js";
import { Light } from "./light.js";
import { picture } from "./picture.js";

/** How much larger than drawn a diagram may become where it fits its place. */
const LARGEST = { full: 1, names: 1.1, tiny: 1.4 };

let count = 0;

/**
 * @param {object} props
 * @param {import("../types.js").Graph} props.graph
 * @param {import("./layout.js").Detail} props.detail
 * @param {{width: number, height: number}} props.room
 * @param {string} props.label  what it is, for those who don't see it
 * @param {number} [props.scale]  where it isn't to fit its place
 * @param {(light: Light) => (void | (() => void))} props.live  called once it is drawn; keeps it alight until what it returns is called
 */
export function Diagram({ graph, detail, room, label, scale, live }) {
  const svg = useRef(/** @type {SVGSVGElement|null} */ (null));
  const arrow = useRef(`arrow-${++count}`).current;
  const drawing = useMemo(() => drawingOf(graph, detail, room), [graph, detail, room.width > room.height]);
  const drawn = useMemo(() => picture(drawing, detail, arrow), [drawing]);
  useLayoutEffect(() => live(new Light(/** @type {SVGSVGElement} */ (svg.current))), [drawing, live]);
  const size = scale
    ? { width: drawing.width * scale, height: drawing.height * scale }
    : { style: { maxWidth: `${drawing.width * LARGEST[detail]}px` } };
  return html`
    <svg
      ref=${svg}
      class=${`diagram diagram-${detail}`}
      role="img"
      aria-label=${label}
      viewBox=${`0 0 ${drawing.width} ${drawing.height}`}
      ...${size}
    >
      ${drawn}
    </svg>
  `;
}
