/** Events between machines, as a sequence diagram that goes on by itself. */
import { html, useEffect, useMemo, useState } from "../html.js";
import { names } from "../live/machines.js";
import { useShown } from "../live/shown.js";
import { Choice, Filter } from "../parts/choices.js";
import { keepingPlace, useFollowing } from "../parts/follow.js";
import { Newest } from "../parts/newest.js";
import { useKeys } from "../shell/keys.js";
import { address, route, setQuery } from "../shell/route.js";
import { useLanes } from "./messages/lanes.js";
import { useMessages } from "./messages/loaded.js";
import { MessageRow } from "./messages/row.js";

const STATUSES = ["pending", "processed", "ignored", "deferred", "failed"];

export function MessagesPage() {
  useShown("*", ["messages"]);
  const { q = "", machine = "", status = "" } = route.value.query;
  const [following, setFollowing] = useState(true);
  useKeys("Messages", [{ keys: "f", what: "Follow, or stand still", run: () => setFollowing((on) => !on) }]);
  return html`
    <h1 tabindex="-1" class="unseen">Messages</h1>
    <div class="tools" role="search" aria-label="Messages">
      <${Filter}
        value=${q}
        label="Filter messages"
        placeholder="Filter by event"
        onInput=${(text) => setQuery({ q: text })}
      />
      <${Choice}
        label="Machine"
        value=${machine}
        all="any machine"
        options=${names.value}
        onChange=${(value) => setQuery({ machine: value }, { keep: true })}
      />
      <${Choice}
        label="Status"
        value=${status}
        all="any status"
        options=${STATUSES}
        onChange=${(value) => setQuery({ status: value }, { keep: true })}
      />
      <label class="check">
        <input type="checkbox" checked=${following} onChange=${() => setFollowing(!following)} />
        ${" "}Follow
      </label>
    </div>
    <${Sequence}
      key=${`${machine} ${status}`}
      filter=${{ machine, status }}
      text=${q}
      following=${following}
      onFollow=${setFollowing}
    />
  `;
}

/** @param {{filter: {machine: string, status: string}, text: string, following: boolean, onFollow: (on: boolean) => void}} props */
function Sequence({ filter, text, following, onFollow }) {
  const { rows, more, away, read, older, newest, failed } = useMessages(filter);
  const wanted = text.toLowerCase();
  const shown = useMemo(
    () => rows.value.filter((each) => !wanted || each.type.toLowerCase().includes(wanted)),
    [rows.value, wanted],
  );
  const lanes = useLanes(shown);
  const scrolling = useFollowing(following, (on) => (!on || !away.peek()) && onFollow(on), [shown]);
  const lookBack = () => {
    onFollow(false);
    return keepingPlace(scrolling.ref.current, older);
  };
  useEffect(() => {
    if (following && away.peek()) newest();
  }, [following]);
  return html`
    <div
      class="sequence"
      ...${scrolling}
      tabindex="0"
      role="region"
      aria-label="Messages in the order of their sending"
      style=${{ "--lanes": lanes.length || 1 }}
    >
      <div class="lane-heads">
        <span class="lane-time">sent</span>
        ${lanes.map(
          (lane) => html`
            <span class="lane-head" key=${lane} title=${lane}>
              ${
                names.value.includes(lane)
                  ? html`
                      <a href=${address("machines", lane)}>${lane}</a>
                    `
                  : html`
                      <em>${lane || "outside"}</em>
                    `
              }
            </span>
          `,
        )}
      </div>
      ${
        more.value &&
        html`
          <p class="more-rows"><button class="small" onClick=${lookBack}>Older</button></p>
        `
      }
      <ol>
        ${shown.map(
          (message) => html`
            <${MessageRow}
              key=${message.id}
              message=${message}
              from=${lanes.indexOf(message.source)}
              to=${lanes.indexOf(message.target)}
            />
          `,
        )}
      </ol>
      ${
        away.value &&
        html`
          <${Newest} what="messages" onNewest=${() => onFollow(true)} />
        `
      }
      ${
        shown.length === 0 &&
        html`
          <p class="empty">
            ${failed.value ?? (read.value ? "No message fits. Machines write to each other with the action send_event." : "Reading…")}
          </p>
        `
      }
    </div>
  `;
}
