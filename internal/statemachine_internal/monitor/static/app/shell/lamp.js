/** Whether what is shown is live, in a word and by a sign. */
import { html } from "../html.js";
import { lastId, phase } from "../live/connection.js";
import { trouble } from "../live/database.js";

const TROUBLES = { missing: "no database", unreadable: "unreadable" };
const WORDS = { live: "live", connecting: "connecting", "catching-up": "catching up", lost: "disconnected" };

export function Lamp() {
  const wrong = phase.value === "live" ? trouble.value : null;
  const now = wrong ? "lost" : phase.value;
  return html`
    <span
      class=${`lamp lamp-${now}`}
      title=${lastId.value === null ? "Nothing has come yet" : `Last row seen: ${lastId.value}`}
    >
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        ${
          now === "lost"
            ? html`
                <path d="M1.5 1.5l7 7m0-7l-7 7" stroke="currentColor" stroke-width="2" />
              `
            : html`
                <circle cx="5" cy="5" r="4" />
              `
        }
      </svg>
      ${wrong ? TROUBLES[wrong.kind] : WORDS[now]}
    </span>
  `;
}
