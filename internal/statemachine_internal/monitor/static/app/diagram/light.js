/** What is live on a drawing: a class on one group, set without drawing anything again. */
import { wayOf } from "./parts_of.js";

const PULSE = 900; // milliseconds
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The elements of one SVG by what they stand for. */
export class Light {
  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.states = new Map(elements(svg, "state"));
    this.lines = new Map(elements(svg, "part"));
    this.labels = new Map(elements(svg, "transition"));
    /** @type {Element|undefined} */
    this.lit = undefined;
    /** @type {Element[]} */
    this.last = [];
  }

  /** Light a state, and nothing else. @param {string|null} state */
  show(state) {
    const next = state === null ? undefined : this.states.get(state);
    if (next === this.lit) return;
    this.lit?.classList.remove("is-current");
    next?.classList.add("is-current");
    this.lit = next;
  }

  /**
   * Mark the way that was taken last, and let it pulse.
   * @param {import("../types.js").Graph} graph
   * @param {import("../types.js").Change} change
   * @param {boolean} moving  false for what happened before the page was opened
   */
  mark(graph, change, moving = true) {
    for (const element of this.last) element.classList.remove("is-last");
    const way = wayOf(graph, change);
    this.last = way ? [this.lines.get(way.part), this.labels.get(way.transition)].flatMap((each) => each ?? []) : [];
    for (const element of this.last) element.classList.add("is-last");
    if (!moving || change.internal || calm.matches) return;
    const path = this.last[0]?.querySelector("path");
    path?.animate([{ strokeWidth: "5px" }, { strokeWidth: "2px" }], { duration: PULSE, easing: "ease-out" });
    const glow = this.states.get(change.to)?.querySelector(".glow");
    glow?.animate([{ opacity: 0.9 }, { opacity: 0 }], { duration: PULSE, easing: "ease-out" });
  }

  /** Put a number onto each state that has one. @param {Map<string, number>} counts */
  count(counts) {
    for (const [name, element] of this.states) {
      const number = counts.get(name) ?? 0;
      element.classList.toggle("has-count", number > 0);
      const text = element.querySelector(".badge text");
      if (text && text.textContent !== String(number)) text.textContent = String(number);
    }
  }
}

/** @param {SVGSVGElement} svg @param {"state"|"part"|"transition"} name @returns {[string, Element][]} */
function elements(svg, name) {
  return [...svg.querySelectorAll(`[data-${name}]`)].map((each) => [/** @type {any} */ (each).dataset[name], each]);
}
