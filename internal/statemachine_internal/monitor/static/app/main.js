/** Begins: the connection, and the shell around the pages. */
import { html, render } from "./html.js";
import { connect } from "./live/connection.js";
import { watchDatabase } from "./live/database.js";
import { Shell } from "./shell/shell.js";

const place = /** @type {HTMLElement} */ (document.getElementById("app"));
place.replaceChildren();
connect();
watchDatabase();
render(
  html`
    <${Shell} />
  `,
  place,
);
