/** Sends an event: one that the state takes, or any other. */
import { html, useState } from "../../html.js";
import { Dialog } from "../../parts/dialog.js";
import { sendEvent } from "../../server/calls.js";
import { doing } from "../../shell/notices.js";

/** @param {{name: string, live: any, detail: any, onSent: () => void, onClose: () => void}} props */
export function SendDialog({ name, live, detail, onSent, onClose }) {
  const takes = /** @type {string[]} */ (detail.value?.takes ?? []);
  const [type, setType] = useState("");
  const [payload, setPayload] = useState("{}");
  const [job, setJob] = useState("");
  const [busy, setBusy] = useState(false);
  const wrong = fault(payload);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    if (wrong || !type.trim()) return;
    setBusy(true);
    const sent = {
      target: name,
      type: type.trim(),
      payload: JSON.parse(payload || "{}"),
      ...(job.trim() && { job_id: job.trim() }),
    };
    const answer = await doing(
      () => sendEvent(sent),
      ({ accepted }) =>
        accepted ? `${name} accepted ${sent.type}` : `${sent.type} is stored: ${name} takes it up when it is started`,
    );
    setBusy(false);
    if (!answer) return;
    onSent();
    onClose();
  };
  return html`
    <${Dialog} title=${`Send an event to ${name}`} onClose=${onClose}>
      <form onSubmit=${submit} class="dialog-body-form">
        <div class="field">
          <span class="field-label" id="takes-label">What ${live.value.state} takes</span>
          ${
            takes.length
              ? html`
                  <div class="choice-list" role="group" aria-labelledby="takes-label">
                    ${takes.map(
                      (each) => html`
                        <button type="button" key=${each} aria-pressed=${type === each} onClick=${() => setType(each)}>
                          ${each}
                        </button>
                      `,
                    )}
                  </div>
                `
              : html`
                  <small>No event leads on from here.</small>
                `
          }
        </div>
        <div class="field">
          <label for="event-type">Event</label>
          <input
            id="event-type"
            class="mono"
            required
            autofocus
            maxlength="128"
            autocomplete="off"
            value=${type}
            onInput=${(event) => setType(event.target.value)}
            aria-describedby="event-note"
          />
          <small id="event-note">
            ${type && !takes.includes(type.trim()) ? `${live.value.state} doesn't take it now: it may be ignored.` : "\u00a0"}
          </small>
        </div>
        <div class="field">
          <label for="event-payload">Payload, as JSON</label>
          <textarea
            id="event-payload"
            rows="5"
            spellcheck="false"
            value=${payload}
            onInput=${(event) => setPayload(event.target.value)}
            aria-invalid=${Boolean(wrong)}
            aria-describedby="payload-wrong"
          ></textarea>
          <span class="wrong" id="payload-wrong">${wrong}</span>
        </div>
        <div class="field">
          <label for="event-job">Job (may be left empty)</label>
          <input
            id="event-job"
            class="mono"
            autocomplete="off"
            value=${job}
            onInput=${(event) => setJob(event.target.value)}
          />
        </div>
        <div class="dialog-end">
          <button type="button" onClick=${onClose}>Close</button>
          <button class="primary" disabled=${busy || Boolean(wrong) || !type.trim()}>Send</button>
        </div>
      </form>
    <//>
  `;
}

/** What is wrong with a payload, or "". @param {string} text */
function fault(text) {
  try {
    const value = JSON.parse(text || "{}");
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? ""
      : 'A payload is a JSON object, such as {"n": 1}.';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
