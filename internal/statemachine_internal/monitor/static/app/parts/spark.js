/** A small chart of the last values, oldest first. */
import { html } from "../html.js";

const HEIGHT = 20;

/** @param {{values: number[], label: string}} props */
export function Spark({ values, label }) {
  const top = Math.max(...values, 1);
  const bars = values
    .map((value, x) => `M${x * 2 + 1},${HEIGHT}v${-Math.round((value / top) * (HEIGHT - 1) * 10) / 10}`)
    .join("");
  return html`
    <svg class="spark" role="img" aria-label=${label} width=${values.length * 2} height=${HEIGHT}>
      <path d=${bars} />
    </svg>
  `;
}
