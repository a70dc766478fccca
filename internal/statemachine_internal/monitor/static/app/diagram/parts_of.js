/**
 * A graph as the parts of a drawing. Pure.
 *
 * Transitions between the same two states share one line. Those of any state ("*") don't start from each state, which
 * would tangle: each state they lead to has one stub beside it that lists them. Those that stay where they are stand
 * inside their state.
 */

import { shortened } from "./measure.js";

/** @typedef {import("../types.js").Graph} Graph @typedef {import("../types.js").Transition} Transition */
/** @typedef {{text: string, title: string, kind: "event"|"timeout", interrupt: boolean, transition: Transition}} Label */
/** @typedef {{id: string, from: string, to: string, labels: Label[]}} Line */
/** @typedef {{id: string, to: string|null, labels: Label[]}} Stub */
/** @typedef {{state: import("../types.js").GraphState, inner: Label[]}} Box */

const CONDITION_LENGTH = 24;

/** @param {Graph} graph @returns {{boxes: Box[], lines: Line[], stubs: Stub[]}} */
export function partsOf(graph) {
  /** @type {Map<string, Line>} */
  const lines = new Map();
  /** @type {Map<string, Stub>} */
  const stubs = new Map();
  /** @type {Map<string, Label[]>} */
  const inner = new Map();
  for (const transition of graph.transitions) {
    const { from, to } = transition;
    const label = labelOf(transition);
    if (from === "*") entry(stubs, to ?? "", () => ({ id: `any>${to ?? ""}`, to, labels: [] })).labels.push(label);
    else if (to === null) entry(inner, from, () => []).push(label);
    else entry(lines, `${from}>${to}`, () => ({ id: `${from}>${to}`, from, to, labels: [] })).labels.push(label);
  }
  return {
    boxes: graph.states.map((state) => ({ state, inner: inner.get(state.name) ?? [] })),
    lines: [...lines.values()],
    stubs: [...stubs.values()],
  };
}

/** @param {Transition} transition @returns {Label} */
function labelOf(transition) {
  const { event, timeout, when, interrupt, actions, from, to } = transition;
  const name = timeout === null || timeout === undefined ? shortened(event) : `after ${timeout} s`;
  const condition = when
    ? ` [${when.length > CONDITION_LENGTH ? `${when.slice(0, CONDITION_LENGTH - 1)}…` : when}]`
    : "";
  const title = [
    `${from === "*" ? "any state" : from} → ${to ?? "stays there"}`,
    `event ${event}`,
    when && `when ${when}`,
    interrupt && "interrupts an action at work",
    ...actions.map((action) => action.text || action.type),
  ];
  return {
    text: `${name}${condition}`,
    title: title.filter(Boolean).join("\n"),
    kind: timeout === null || timeout === undefined ? "event" : "timeout",
    interrupt,
    transition,
  };
}

/**
 * The value of a key, made where it isn't there yet.
 * @template K, V
 * @param {Map<K, V>} map @param {K} key @param {() => V} make @returns {V}
 */
function entry(map, key, make) {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}

/**
 * The part that a change of state took: its line, or the stub of "any state".
 * @param {Graph} graph
 * @param {import("../types.js").Change} change
 * @returns {{part: string, transition: string}|null}
 */
export function wayOf(graph, { from, to, event, internal = false }) {
  const fits = (/** @type {Transition} */ each, /** @type {string} */ source) =>
    each.from === source && each.event === event && each.to === (internal ? null : to);
  const own = graph.transitions.find((each) => fits(each, from));
  if (own) return { part: own.to === null ? `in>${from}` : `${from}>${to}`, transition: own.id };
  const any = graph.transitions.find((each) => fits(each, "*"));
  return any ? { part: `any>${any.to ?? ""}`, transition: any.id } : null;
}
