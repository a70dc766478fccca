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
    const answer = await fetch(`/?${new URLSearchParams({ token })}`, {
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
          It is the credential${" "}
          <code>token</code>
          ${" "}of${" "}
          <code>statemachine-monitor.service</code>
          ; who runs the host knows it.
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
