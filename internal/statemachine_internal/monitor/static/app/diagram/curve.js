/** Lines as SVG paths. Pure. */

/** @typedef {import("./layout.js").Place} Place */

const GAP = 6; // pixels to either side of the middle, where a loop leaves and comes back
const REACH = 0.75; // how far a cubic curve goes towards control points that share a coordinate

/** A uniform cubic B-spline that starts and ends on its first and last point. @param {{x: number, y: number}[]} points */
export function curve(points) {
  if (points.length < 2) return "";
  const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;
  const at = (/** @type {number} */ x, /** @type {number} */ y) => `${round(x)},${round(y)}`;
  const [first, ...rest] = points;
  let path = `M${at(first.x, first.y)}`;
  if (rest.length === 1) return `${path}L${at(rest[0].x, rest[0].y)}`;
  let [a, b] = [first, rest[0]];
  path += `L${at((5 * a.x + b.x) / 6, (5 * a.y + b.y) / 6)}`;
  for (const c of [...rest.slice(1), rest[rest.length - 1]]) {
    path += `C${at((2 * a.x + b.x) / 3, (2 * a.y + b.y) / 3)} ${at((a.x + 2 * b.x) / 3, (a.y + 2 * b.y) / 3)} ${at((a.x + 4 * b.x + c.x) / 6, (a.y + 4 * b.y + c.y) / 6)}`;
    [a, b] = [b, c];
  }
  const last = points[points.length - 1];
  return `${path}L${at(last.x, last.y)}`;
}

/** From a state to itself, as far as to its label: at the right in a drawing that goes down, else below. @param {Place} box @param {Place} label */
export function loop(box, label) {
  const aside = Math.abs(label.x - box.x) > Math.abs(label.y - box.y);
  if (aside) {
    const right = box.x + box.width / 2;
    const out = Math.max(16, label.x - label.width / 2 - right + 4) / REACH;
    return `M${right},${box.y - GAP}c${out},-9 ${out},${2 * GAP + 9} 0,${2 * GAP}`;
  }
  const low = box.y + box.height / 2;
  const out = Math.max(16, label.y - label.height / 2 - low + 4) / REACH;
  return `M${box.x - GAP},${low}c-9,${out} ${2 * GAP + 9},${out} ${2 * GAP},0`;
}
