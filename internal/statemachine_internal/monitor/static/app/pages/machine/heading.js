/** Name, state and status; and what one may order. */
import { html, untracked, useComputed, useEffect } from "../../html.js";
import { confirmed } from "../../parts/confirm.js";
import { Since } from "../../parts/times.js";
import { StatusMark } from "../../parts/status_mark.js";
import { orderMachine } from "../../server/calls.js";
import { announce } from "../../shell/announce.js";
import { useKeys } from "../../shell/keys.js";
import { doing } from "../../shell/notices.js";
import { address } from "../../shell/route.js";

const QUIET = 4000; // milliseconds between two announcements of states

/** @param {{name: string, live: import("../../../vendor/signals.js").Signal<import("../../types.js").Machine>, onSend: () => void}} props */
export function Heading({ name, live, onSend }) {
  const state = useComputed(() => live.value.state);
  const paused = useComputed(() => isPaused(live.value)).value;
  const status = useComputed(() => live.value.status).value;
  const template = useComputed(() => live.value.config_type).value;
  const switchPause = () => {
    const order = isPaused(live.peek()) ? "resume" : "pause";
    return doing(
      () => orderMachine(name, order),
      () => (order === "resume" ? `${name} goes on` : `${name} is paused: events wait until it is resumed`),
    );
  };
  const reset = async () => {
    const text = `Its state goes back to the initial one, and its context, its timers and its place among the actions are lost. Events that wait for it stay. This can't be undone.`;
    if (await confirmed({ title: `Reset ${name}?`, text, verb: `Reset ${name}` }))
      await doing(
        () => orderMachine(name, "reset"),
        () => `${name} was reset`,
      );
  };
  useKeys(
    `Machine ${name}`,
    [
      { keys: "e", what: "Send an event", run: onSend },
      { keys: "p", what: paused ? "Resume" : "Pause", run: switchPause },
    ],
    [name, paused],
  );
  useSpoken(name, state);
  return html`
    <header class="heading">
      <div>
        <p class="crumbs">
          <a href=${address("overview")}>Overview</a>
          ${` / ${template}`}
        </p>
        <h1 tabindex="-1" class="mono">${name}</h1>
      </div>
      <p class="heading-state">
        <span class="lit" data-current title=${state}>${state}</span>
        <small>
          for${" "}
          <${Entered} live=${live} />
        </small>
      </p>
      <${StatusMark} status=${status} />
      <${JobOf} live=${live} />
      <div class="heading-actions">
        <button class="primary" onClick=${onSend}>Send event…</button>
        <button onClick=${switchPause}>${paused ? "Resume" : "Pause"}</button>
        <button class="danger" onClick=${reset}>Reset…</button>
      </div>
    </header>
  `;
}

/** @param {import("../../types.js").Machine} machine */
const isPaused = ({ paused, status }) => paused || status === "paused";

/** Says the state now and then, for whoever can't see the lamp. @param {string} name @param {{value: string, peek: () => string, subscribe: Function}} state */
function useSpoken(name, state) {
  useEffect(() => {
    let timer = 0;
    let said = state.peek();
    const stop = state.subscribe(() => {
      timer ||= setTimeout(() => {
        timer = 0;
        const now = untracked(() => state.value);
        if (now !== said) announce(`${name} is in ${(said = now)}`);
      }, QUIET);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [name]);
}

/** @param {{live: any}} props */
function Entered({ live }) {
  const second = useComputed(() => live.value.entered?.slice(0, 19));
  return html`
    <${Since} since=${second.value ? `${second.value}Z` : null} />
  `;
}

/** @param {{live: any}} props */
function JobOf({ live }) {
  const text = useComputed(() => JSON.stringify(live.value.job ?? null));
  const job = JSON.parse(text.value);
  if (!job) return null;
  return html`
    <p>
      works on${" "}
      <a class="mono" href=${address("jobs", job.id)}>${job.id}</a>
      ${
        job.progress !== null && job.progress !== undefined
          ? html`
              ${" "}
              <span class="numbers">${Math.round(job.progress)} %</span>
            `
          : ""
      }
    </p>
  `;
}
