/** Says that a list stands away from its newest rows, and leads back to them. */
import { html } from "../html.js";

/** @param {{what: string, onNewest: () => void}} props */
export function Newest({ what, onNewest }) {
  return html`
    <p class="more-rows away">
      <span>Newer ${what} are not listed here.</span>
      <button class="small" onClick=${onNewest}>Back to the newest</button>
    </p>
  `;
}
