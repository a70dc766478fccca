/** The activity log: what machines say, as they say it. */
import { html, useEffect, useState } from "../html.js";
import { names } from "../live/machines.js";
import { useShown } from "../live/shown.js";
import { Choice, Filter } from "../parts/choices.js";
import { keepingPlace, useFollowing } from "../parts/follow.js";
import { Newest } from "../parts/newest.js";
import { useKeys } from "../shell/keys.js";
import { route, setQuery } from "../shell/route.js";
import { LEVELS, Line } from "./activity/line.js";
import { useLines } from "./activity/lines.js";

/** @typedef {import("../types.js").FeedItem} FeedItem */

export function ActivityPage() {
  useShown("*", ["activity"]);
  const { q = "", level = "", machine = "" } = route.value.query;
  const [following, setFollowing] = useState(true);
  useKeys("Activity", [{ keys: "f", what: "Follow, or stand still", run: () => setFollowing((on) => !on) }]);
  return html`
    <h1 tabindex="-1" class="unseen">Activity</h1>
    <div class="tools" role="search" aria-label="Activity">
      <${Filter}
        value=${q}
        label="Filter the log"
        placeholder="Filter by text"
        onInput=${(text) => setQuery({ q: text })}
      />
      <${Choice}
        label="Level"
        value=${level}
        all="any level"
        options=${LEVELS}
        onChange=${(value) => setQuery({ level: value }, { keep: true })}
      />
      <${Choice}
        label="Machine"
        value=${machine}
        all="any machine"
        options=${names.value}
        onChange=${(value) => setQuery({ machine: value }, { keep: true })}
      />
      <label class="check">
        <input type="checkbox" checked=${following} onChange=${() => setFollowing(!following)} />
        ${" "}Follow
      </label>
    </div>
    <${Log}
      key=${`${machine} ${level}`}
      machine=${machine}
      level=${level}
      text=${q}
      following=${following}
      onFollow=${setFollowing}
    />
  `;
}

/** @param {{machine: string, level: string, text: string, following: boolean, onFollow: (on: boolean) => void}} props */
function Log({ machine, level, text, following, onFollow }) {
  const { rows, more, away, read, older, newest: goBack, failed } = useLines(machine, level);
  const [seen, setSeen] = useState(0); // the newest line when one stopped following
  const wanted = text.toLowerCase();
  const all = rows.value.filter(
    ({ machine_name, payload }) =>
      !wanted || `${machine_name} ${payload.message ?? ""} ${payload.error ?? ""}`.toLowerCase().includes(wanted),
  );
  const newest = all.at(-1)?.id ?? 0;
  useEffect(() => {
    setSeen(newest);
    if (following && away.peek()) goBack();
  }, [following]);
  const lookBack = () => {
    onFollow(false);
    return keepingPlace(scrolling.ref.current, older);
  };
  const missed = following ? 0 : all.filter((row) => row.id > seen).length;
  const scrolling = useFollowing(following, (on) => (!on || !away.peek()) && onFollow(on), [newest, all.length]);
  return html`
    <div class="log-frame">
      <div class="log" ...${scrolling} tabindex="0" role="region" aria-label="Activity log">
        ${
          more.value &&
          html`
            <p class="more-rows"><button class="small" onClick=${lookBack}>Older</button></p>
          `
        }
        <ol>
          ${all.map(
            (row) => html`
              <${Line} key=${row.id} row=${row} />
            `,
          )}
        </ol>
        ${
          away.value &&
          html`
            <${Newest} what="lines" onNewest=${() => onFollow(true)} />
          `
        }
        ${
          all.length === 0 &&
          html`
            <p class="empty">
              ${failed.value ?? (read.value ? "Nothing fits. A machine speaks with the action log." : "Reading…")}
            </p>
          `
        }
      </div>
      ${
        missed > 0 &&
        html`
          <button class="primary log-new" onClick=${() => onFollow(true)}>
            ${missed} new ${missed === 1 ? "line" : "lines"} ↓
          </button>
        `
      }
    </div>
  `;
}
