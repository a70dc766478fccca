/** The list of keys, made of what is bound. */
import { html, signal } from "../html.js";
import { Dialog } from "../parts/dialog.js";
import { bound, keysOn, switchKeys } from "./keys.js";

const open = signal(false);

export const openHelp = () => (open.value = true);

export function Help() {
  if (!open.value) return null;
  return html`
    <${Dialog} title="Keys" onClose=${() => (open.value = false)}>
      <div class="key-groups">
        ${bound.value.map(
          ({ title, bindings }) => html`
            <section key=${title}>
              <h3>${title}</h3>
              <dl class="keys">
                ${bindings.map(
                  ({ keys, what }) => html`
                    <div key=${keys}>
                      <dt>
                        ${keys.split(" ").map(
                          (key) => html`
                            <kbd>${key}</kbd>
                          `,
                        )}
                      </dt>
                      <dd>${what}</dd>
                    </div>
                  `,
                )}
              </dl>
            </section>
          `,
        )}
      </div>
      <label class="check">
        <input type="checkbox" checked=${keysOn.value} onChange=${switchKeys} />
        ${" "}Single keys do something (
        <kbd>?</kbd>
        ${" "}always does)
      </label>
    <//>
  `;
}
