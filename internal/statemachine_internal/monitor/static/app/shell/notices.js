/** Short words about what was done, at the lower edge; an error stays until it is dismissed. */
import { html, signal } from "../html.js";
import { announce } from "./announce.js";

const SHOWN_FOR = 6000; // milliseconds

/** @type {import("../../vendor/signals.js").Signal<{id: number, text: string, kind: "done"|"error"}[]>} */
const notices = signal([]);
let count = 0;

/**
 * @param {string} text
 * @param {"done"|"error"} [kind]
 */
export function notice(text, kind = "done") {
  const id = ++count;
  notices.value = [...notices.value.slice(-3), { id, text, kind }];
  announce(text);
  if (kind === "done") setTimeout(() => dismiss(id), SHOWN_FOR);
}

/**
 * Do something, and say how it ended. Returns what it returned, or undefined where it failed.
 * @template T
 * @param {() => Promise<T>} what
 * @param {(result: T) => string} words
 */
export async function doing(what, words) {
  try {
    const result = await what();
    notice(words(result));
    return result;
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error), "error");
    return undefined;
  }
}

/** @param {number} id */
function dismiss(id) {
  notices.value = notices.value.filter((each) => each.id !== id);
}

export function Notices() {
  return html`
    <div class="notices">
      ${notices.value.map(
        ({ id, text, kind }) => html`
          <div class=${`notice notice-${kind}`} key=${id}>
            <span>${text}</span>
            <button class="quiet" onClick=${() => dismiss(id)} aria-label="Dismiss">×</button>
          </div>
        `,
      )}
    </div>
  `;
}
