/** Fields that narrow a list down. What is chosen stands in the address; see `route.js`. */
import { html } from "../html.js";

/** The field that `/` leads to. @param {{value: string, label: string, placeholder: string, onInput: (text: string) => void}} props */
export function Filter({ value, label, placeholder, onInput }) {
  return html`
    <input
      type="search"
      class="filter"
      data-filter
      aria-label=${label}
      placeholder=${placeholder}
      value=${value}
      onInput=${(event) => onInput(event.target.value)}
      onKeyDown=${(event) => event.key === "Escape" && event.target.blur()}
    />
  `;
}

/** @param {{label: string, value: string, all: string, options: string[], onChange: (value: string) => void}} props */
export function Choice({ label, value, all, options, onChange }) {
  const known = value && !options.includes(value) ? [...options, value] : options;
  return html`
    <select aria-label=${label} value=${value} onChange=${(event) => onChange(event.target.value)}>
      <option value="">${all}</option>
      ${known.map(
        (each) => html`
          <option key=${each} value=${each}>${each}</option>
        `,
      )}
    </select>
  `;
}
