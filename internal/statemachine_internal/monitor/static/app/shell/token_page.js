/** Asks for the token where the monitor wants one; the browser then keeps it as a cookie that no script can read. */
import { html, useState } from "../html.js";
import { retry } from "../live/connection.js";
import { tokenWanted } from "../server/ask.js";

export function TokenPage() {
  const [wrong, setWrong] = useState(false);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const token = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("token"));
    const answer = await fetch("/", {
      method: "POST",
      body: new URLSearchParams({ token }), // in an address it would stay in logs
      credentials: "same-origin",
      cache: "no-store",
    }).catch(() => null);
    setWrong(!answer?.ok);
    if (answer?.ok) {
      tokenWanted.value = false;
      retry();
    }
  };
  return html`
    <main class="token" id="main">
      <form onSubmit=${submit}>
        <h1>This monitor asks for its token</h1>
        <p>
          Members of the group statemachine read it in${" "}
          <code>/etc/statemachine/monitor.token</code>
          ${" "}on the monitor's host; one that was started by hand has the token that it was given.
        </p>
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby="token-wrong"
          aria-invalid=${wrong}
        />
        <p id="token-wrong" class="wrong" role="alert">${wrong && "The monitor doesn't know this token."}</p>
        <button class="primary">Go on</button>
      </form>
    </main>
  `;
}
