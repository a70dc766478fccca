/** A dialog over the page: the browser's own, which keeps the focus inside and gives it back. */
import { html, useEffect, useRef } from "../html.js";

let count = 0;

/** @param {{title: string, onClose: () => void, children: any, wide?: boolean}} props */
export function Dialog({ title, onClose, children, wide = false }) {
  const place = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const id = useRef(`dialog-${++count}`);
  useEffect(() => {
    const dialog = /** @type {HTMLDialogElement} */ (place.current);
    const before = /** @type {HTMLElement|null} */ (document.activeElement);
    dialog.showModal();
    return () => {
      dialog.close();
      before?.focus();
    };
  }, []);
  return html`
    <dialog
      ref=${place}
      class=${wide ? "wide" : ""}
      aria-labelledby=${id.current}
      onCancel=${onClose}
      onClick=${(event) => event.target === place.current && onClose()}
    >
      <div class="dialog-body">
        <header>
          <h2 id=${id.current}>${title}</h2>
          <button class="quiet" onClick=${onClose} aria-label="Close">×</button>
        </header>
        ${children}
      </div>
    </dialog>
  `;
}
