/** What a screen reader hears unasked: results of what one did, and the connection; never each change of a machine. */
import { html, signal } from "../html.js";

const said = signal("");

/** @param {string} text */
export function announce(text) {
  said.value = said.peek() === text ? `${text}\u00a0` : text; // the same words twice are two announcements
}

export function Announcer() {
  return html`
    <div class="unseen" role="status" aria-live="polite" aria-atomic="true">${said}</div>
  `;
}
