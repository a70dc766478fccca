/** Graphs by definition, asked for once, and their layouts, made once: fifty machines of one definition cost one of each. */
import { useEffect, useState } from "../html.js";
import { machineDiagram } from "../server/calls.js";
import { bestLayout } from "./layout.js";

/** @typedef {import("../types.js").Graph} Graph @typedef {import("./layout.js").Drawing} Drawing */

/** @type {Map<string, Promise<Graph>>} */
const graphs = new Map();
/** @type {Map<string, Drawing>} */
const drawings = new Map();

/** @param {string} machine @param {string} hash  of its definition @returns {Promise<Graph>} */
export function graphOf(machine, hash) {
  const key = hash || `machine ${machine}`;
  const asked = graphs.get(key) ?? machineDiagram(machine).then((answer) => answer.graph);
  graphs.set(key, asked);
  asked.catch(() => graphs.delete(key)); // it may be there the next time
  return asked;
}

/**
 * @param {Graph} graph @param {string} hash
 * @param {import("./layout.js").Detail} detail
 * @param {{width: number, height: number}} room
 */
export function drawingOf(graph, hash, detail, room) {
  const key = `${hash} ${detail} ${room.width > room.height ? "wide" : "tall"}`;
  const drawn = drawings.get(key) ?? bestLayout(graph, detail, room);
  drawings.set(key, drawn);
  return drawn;
}

/**
 * The graph of a machine; null until it is there, an Error where it can't be had.
 * @param {string} machine @param {string|undefined} hash
 * @returns {Graph|Error|null}
 */
export function useGraph(machine, hash) {
  const [found, setFound] = useState(/** @type {Graph|Error|null} */ (null));
  useEffect(() => {
    if (hash === undefined) return;
    let wanted = true;
    graphOf(machine, hash).then(
      (graph) => wanted && setFound(graph),
      (error) => wanted && setFound(error),
    );
    return () => (wanted = false);
  }, [machine, hash]);
  return found;
}
