/** Where everything stands, by dagre. Slow (a tenth of a second for fifty states), so it runs once for a definition. */
import dagre from "../../vendor/dagre.js";
import { curve, loop } from "./curve.js";
import { shortened, textWidth } from "./measure.js";
import { partsOf } from "./parts_of.js";

/** @typedef {import("./parts_of.js").Box} Box @typedef {import("./parts_of.js").Line} Line @typedef {import("./parts_of.js").Stub} Stub */
/** @typedef {{x: number, y: number, width: number, height: number}} Place  the middle, and the size */

/**
 * @typedef {object} Drawing
 * @property {number} width
 * @property {number} height
 * @property {(Box & {place: Place})[]} boxes
 * @property {(Line & {path: string, label: Place|null})[]} lines
 * @property {(Stub & {place: Place, path: string})[]} stubs
 * @property {{name: string, place: Place}[]} groups
 */

/**
 * full: names, labels, groups and stubs. names: states by name, and lines without labels. tiny: only where states stand.
 * @typedef {"full"|"names"|"tiny"} Detail
 */

export const LINE_HEIGHT = 15;
export const BOX_HEIGHT = 32;
const GAPS = {
  full: { nodesep: 26, ranksep: 34, edgesep: 14 },
  names: { nodesep: 16, ranksep: 26, edgesep: 8 },
  tiny: { nodesep: 9, ranksep: 16, edgesep: 5 },
};
const MARGIN = 12;

/**
 * @param {import("../types.js").Graph} graph
 * @param {Detail} detail
 * @param {"TB"|"LR"} direction
 * @returns {Drawing}
 */
export function layOut(graph, detail, direction) {
  const parts = partsOf(graph);
  const stubs = detail === "full" ? parts.stubs : [];
  const groups = detail === "full" ? graph.groups.filter((group) => group.states.length) : [];
  const plan = new dagre.graphlib.Graph({ multigraph: true, compound: true });
  plan.setGraph({ rankdir: direction, marginx: MARGIN, marginy: MARGIN, ...GAPS[detail] });
  for (const group of groups) plan.setNode(`group:${group.name}`, {});
  for (const box of parts.boxes) {
    plan.setNode(`state:${box.state.name}`, boxSize(box, detail));
    if (groups.length && box.state.group) plan.setParent(`state:${box.state.name}`, `group:${box.state.group}`);
  }
  for (const stub of stubs) {
    plan.setNode(stub.id, stubSize(stub));
    if (stub.to !== null) plan.setEdge(stub.id, `state:${stub.to}`, { weight: 3, width: 0, height: 0 }, stub.id);
  }
  for (const line of parts.lines) {
    if (detail !== "full" && line.from === line.to) continue;
    plan.setEdge(`state:${line.from}`, `state:${line.to}`, { ...labelSize(line, detail), labelpos: "c" }, line.id);
  }
  dagre.layout(plan);

  const edges = new Map(plan.edges().map((edge) => [edge.name, plan.edge(edge)]));
  const { width, height } = plan.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: parts.boxes.map((box) => ({ ...box, place: plan.node(`state:${box.state.name}`) })),
    lines: parts.lines.flatMap((line) => {
      const edge = edges.get(line.id);
      return edge
        ? [
            {
              ...line,
              path: line.from === line.to ? loop(plan.node(`state:${line.from}`), edge) : curve(edge.points),
              label: detail === "full" ? { x: edge.x, y: edge.y, ...labelSize(line, detail) } : null,
            },
          ]
        : [];
    }),
    stubs: stubs.map((stub) => ({ ...stub, place: plan.node(stub.id), path: curve(edges.get(stub.id)?.points ?? []) })),
    groups: groups.map((group) => ({ name: group.name, place: plan.node(`group:${group.name}`) })),
  };
}

/**
 * The direction that can be drawn larger in a room of this shape.
 * @param {import("../types.js").Graph} graph
 * @param {Detail} detail
 * @param {{width: number, height: number}} room
 */
export function bestLayout(graph, detail, room) {
  const [down, across] = [layOut(graph, detail, "TB"), layOut(graph, detail, "LR")];
  const scale = (/** @type {Drawing} */ drawing) =>
    Math.min(room.width / drawing.width, room.height / drawing.height, 1);
  return scale(across) > scale(down) ? across : down;
}

/** @param {Box} box @param {Detail} detail */
function boxSize(box, detail) {
  if (detail === "tiny") return { width: 20, height: 12 };
  const inner = detail === "full" ? box.inner : [];
  const widest = Math.max(textWidth(shortened(box.state.name)), ...inner.map((label) => textWidth(label.text) + 10));
  return { width: Math.max(64, widest + 28), height: BOX_HEIGHT + inner.length * LINE_HEIGHT };
}

/** @param {Line} line @param {Detail} detail */
function labelSize(line, detail) {
  if (detail !== "full") return { width: 0, height: 0 };
  return { width: Math.max(...line.labels.map(labelWidth)), height: line.labels.length * LINE_HEIGHT };
}

/** @param {Stub} stub */
function stubSize(stub) {
  return {
    width: Math.max(textWidth("any state"), ...stub.labels.map(labelWidth)) + 14,
    height: (stub.labels.length + 1) * LINE_HEIGHT + 6,
  };
}

/** With room for the sign before it. @param {import("./parts_of.js").Label} label */
export const labelWidth = (label) => textWidth(label.text) + (label.kind === "timeout" || label.interrupt ? 20 : 8);
