/** JSON to look into. Everything becomes text: a payload is somebody else's. */
import { html } from "../html.js";

const LONG = 2000; // characters of one string that are shown

/** @param {{value: unknown, name?: string, open?: boolean}} props */
export function JsonView({ value, name, open = true }) {
  const label =
    name === undefined
      ? null
      : html`
          <span class="json-key">${name}:${" "}</span>
        `;
  if (value === null || typeof value !== "object") {
    return html`
      <div class="json-row">
        ${label}
        <span class=${`json-${value === null ? "null" : typeof value}`}>${shown(value)}</span>
      </div>
    `;
  }
  const entries = Object.entries(value);
  const [before, after] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (!entries.length)
    return html`
      <div class="json-row">${label}${before}${after}</div>
    `;
  return html`
    <details class="json" open=${open}>
      <summary>
        ${label}
        <span class="json-size">${before}${entries.length}${after}</span>
      </summary>
      ${entries.map(
        ([key, inner]) => html`
          <${JsonView} key=${key} name=${key} value=${inner} open=${entries.length <= 8} />
        `,
      )}
    </details>
  `;
}

/** @param {unknown} value */
function shown(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONG ? `${text.slice(0, LONG)}… (${text.length} characters)` : text;
}

/** A payload in one line. @param {unknown} value @param {number} [length] */
export function brief(value, length = 120) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === "{}") return "";
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
