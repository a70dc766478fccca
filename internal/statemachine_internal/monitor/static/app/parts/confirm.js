/** Asks before something that can't be undone. */
import { html, signal } from "../html.js";
import { Dialog } from "./dialog.js";

/** @type {import("../../vendor/signals.js").Signal<{title: string, text: string, verb: string, answer: (yes: boolean) => void}|null>} */
const question = signal(null);

/**
 * @param {{title: string, text: string, verb: string}} what  `verb` is what the button says
 * @returns {Promise<boolean>}
 */
export function confirmed(what) {
  return new Promise((answer) => (question.value = { ...what, answer }));
}

export function Confirmation() {
  if (!question.value) return null;
  const { title, text, verb, answer } = question.value;
  const done = (/** @type {boolean} */ yes) => {
    question.value = null;
    answer(yes);
  };
  return html`
    <${Dialog} title=${title} onClose=${() => done(false)}>
      <p>${text}</p>
      <div class="dialog-end">
        <button onClick=${() => done(false)}>Leave it</button>
        <button class="danger" onClick=${() => done(true)}>${verb}</button>
      </div>
    <//>
  `;
}
