/** Graphs by definition, asked for once, and their layouts, made once: fifty machines of one definition cost one of each. */
import { useEffect, useState } from "../html.js";
import { diagramParts, machineDiagram } from "../server/calls.js";
import { bestLayout } from "./layout.js";

/** @typedef {import("../types.js").Graph} Graph @typedef {import("./layout.js").Drawing} Drawing */

/** @type {Map<string, Promise<Graph>>} */
const graphs = new Map();
/** @type {WeakMap<Graph, Map<string, Drawing>>} */
const drawings = new WeakMap();

/** @param {string} machine @param {string} hash  of its definition @param {string} part  "" is the whole @returns {Promise<Graph>} */
export function graphOf(machine, hash, part) {
  const key = `${hash || `machine ${machine}`} ${part}`;
  const asked = graphs.get(key) ?? machineDiagram(machine, part).then((answer) => answer.graph);
  graphs.set(key, asked);
  asked.catch(() => graphs.delete(key)); // it may be there the next time
  return asked;
}

/**
 * @param {Graph} graph
 * @param {import("./layout.js").Detail} detail
 * @param {{width: number, height: number}} room
 */
export function drawingOf(graph, detail, room) {
  const mine = drawings.get(graph) ?? new Map();
  drawings.set(graph, mine);
  const key = `${detail} ${room.width > room.height ? "wide" : "tall"}`;
  const drawn = mine.get(key) ?? bestLayout(graph, detail, room);
  mine.set(key, drawn);
  return drawn;
}

/**
 * The graph of a machine; null until it is there, an Error where it can't be had.
 * @param {string} machine @param {string|undefined} hash @param {string} [part]  "" is the whole
 * @returns {Graph|Error|null}
 */
export function useGraph(machine, hash, part = "") {
  return useAnswer(hash === undefined ? null : () => graphOf(machine, hash, part), [machine, hash, part]);
}

/**
 * The parts of a machine's diagram that can be shown alone; none until they are known.
 * @param {string} machine @param {string|undefined} hash
 * @returns {{name: string, title: string, states: string[]}[]}
 */
export function useParts(machine, hash) {
  const ask = async () => (await diagramParts(machine)).parts.slice(1); // the first one is the whole
  const found = useAnswer(hash === undefined ? null : ask, [machine, hash]);
  return Array.isArray(found) ? found : [];
}

/**
 * @template T
 * @param {(() => Promise<T>)|null} ask @param {unknown[]} inputs
 * @returns {T|Error|null}
 */
function useAnswer(ask, inputs) {
  const [found, setFound] = useState(/** @type {T|Error|null} */ (null));
  useEffect(() => {
    let wanted = true;
    ask?.().then(
      (answer) => wanted && setFound(answer),
      (error) => wanted && setFound(error),
    );
    return () => (wanted = false);
  }, inputs);
  return found;
}
