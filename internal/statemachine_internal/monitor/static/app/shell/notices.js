/** Short words about what is being done or was done, at the lower edge; an error stays until it is dismissed. */
import { html, signal } from "../html.js";
import { announce } from "./announce.js";

const SHOWN_FOR = 6000; // milliseconds

/**
 * @typedef {object} Notice
 * @property {number} id
 * @property {string} text
 * @property {"done"|"error"|"work"} kind
 * @property {number|null} [share]  of the work that is done, from 0 to 1; null where nobody knows
 * @property {(() => void)|null} [stop]  null once it was asked to stop
 */

/** @type {import("../../vendor/signals.js").Signal<Notice[]>} */
const notices = signal([]);
let count = 0;

/**
 * @param {string} text
 * @param {"done"|"error"} [kind]
 */
export function notice(text, kind = "done") {
  const id = ++count;
  const work = notices.value.filter((each) => each.kind === "work");
  const others = notices.value.filter((each) => each.kind !== "work").slice(-3);
  notices.value = [...work, ...others, { id, text, kind }];
  announce(text);
  if (kind === "done") setTimeout(() => dismiss(id), SHOWN_FOR);
}

/**
 * Do something, and say how it ended, where there are words for that. Returns what it returned, or undefined where it failed.
 * @template T
 * @param {() => Promise<T>} what
 * @param {(result: T) => string} words
 */
export async function doing(what, words) {
  try {
    const result = await what();
    const text = words(result);
    if (text) notice(text);
    return result;
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error), "error");
    return undefined;
  }
}

/**
 * Work that takes its time: it is shown until `end` is called, and may be asked to stop.
 * @param {string} text
 */
export function beginWork(text) {
  const id = ++count;
  const work = {
    stopped: false,
    /** @param {string} text @param {number|null} share */
    say(text, share) {
      notices.value = notices.value.map((each) => (each.id === id ? { ...each, text, share } : each));
    },
    end: () => dismiss(id),
  };
  const stop = () => {
    work.stopped = true;
    notices.value = notices.value.map((each) => (each.id === id ? { ...each, stop: null } : each));
  };
  notices.value = [...notices.value, { id, text, kind: "work", share: null, stop }];
  announce(text);
  return work;
}

/** @param {number} id */
function dismiss(id) {
  notices.value = notices.value.filter((each) => each.id !== id);
}

export function Notices() {
  return html`
    <div class="notices">
      ${notices.value.map(
        (each) => html`
          <div class=${`notice notice-${each.kind}`} key=${each.id}>
            <span class="numbers">${each.text}</span>
            ${
              each.kind === "work"
                ? html`
                    <button class="small" disabled=${!each.stop} onClick=${each.stop}>
                      ${each.stop ? "Stop" : "Stopping"}
                    </button>
                    <progress max="1" value=${each.share ?? undefined} aria-label=${each.text}></progress>
                  `
                : html`
                    <button class="quiet" onClick=${() => dismiss(each.id)} aria-label="Dismiss">×</button>
                  `
            }
          </div>
        `,
      )}
    </div>
  `;
}
