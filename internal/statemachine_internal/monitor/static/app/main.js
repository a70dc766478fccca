/** Begins: the connection, and the shell around the pages. */
import { html, render } from "./html.js";
import { connect } from "./live/connection.js";
import { Shell } from "./shell/shell.js";

const place = /** @type {HTMLElement} */ (document.getElementById("app"));
place.replaceChildren();
connect();
render(
  html`
    <${Shell} />
  `,
  place,
);
