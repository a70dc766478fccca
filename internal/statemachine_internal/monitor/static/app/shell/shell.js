/** The frame around every page: navigation, connection, scheme, keys, and where the focus goes. */
import { html, useEffect, useRef } from "../html.js";
import { phase } from "../live/connection.js";
import { trouble } from "../live/database.js";
import { tokenWanted } from "../server/ask.js";
import { Announcer } from "./announce.js";
import { Banner } from "./banner.js";
import { Help, openHelp } from "./help.js";
import { useKeys } from "./keys.js";
import { Lamp } from "./lamp.js";
import { Notices } from "./notices.js";
import { PAGES, bodyOf } from "./pages.js";
import { address, go, route } from "./route.js";
import { scheme, switchScheme } from "./scheme.js";
import { TokenPage } from "./token_page.js";

export function Shell() {
  useKeys("Everywhere", [
    { keys: "?", what: "This list", run: openHelp },
    ...PAGES.map(({ page, title, key }) => ({ keys: key, what: title, run: () => go(page) })),
    { keys: "/", what: "Filter", run: focusFilter },
    { keys: "t", what: "Dark or light", run: switchScheme },
  ]);
  if (tokenWanted.value)
    return html`
      <${TokenPage} />
    `;
  const { page, name } = route.value;
  const Body = bodyOf(route.value);
  return html`
    <header class="bar">
      <a class="skip" href=${location.hash || "#/overview"} onClick=${skip}>Skip to content</a>
      <a class="brand" href="#/overview" aria-label="statemachine, overview">
        <img src="/static/mark.svg" alt="" width="22" height="22" />
        <span>statemachine</span>
      </a>
      <nav aria-label="Pages">
        ${PAGES.map((each) => {
          const here = each.page === page || (page === "machines" && each.page === "overview");
          return html`
            <a key=${each.page} href=${address(each.page)} aria-current=${here ? "page" : null}>${each.title}</a>
          `;
        })}
      </nav>
      <div class="bar-end">
        <${Lamp} />
        <button
          class="quiet"
          onClick=${switchScheme}
          aria-label=${scheme.value === "dark" ? "Switch to light" : "Switch to dark"}
          title="Dark or light (t)"
        >
          <${SchemeSign} dark=${scheme.value === "dark"} />
        </button>
        <button class="quiet" onClick=${openHelp} aria-label="Keys" title="Keys (?)">?</button>
      </div>
    </header>
    <${Banner} />
    <main id="main" tabindex="-1" data-stale=${phase.value === "lost" || trouble.value ? "" : null}>
      <${Page} key=${page === "machines" ? `${page}/${name}` : page} body=${Body} name=${name} />
    </main>
    <${Notices} />
    <${Help} />
    <${Announcer} />
  `;
}

let first = true;

/** One page; when it takes the place of another, its heading takes the focus. @param {{body: any, name: string|null}} props */
function Page({ body: Body, name }) {
  const place = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    const heading = place.current?.querySelector("h1");
    document.title = `${heading?.textContent ?? "State machines"} · ${location.hostname}`;
    if (!first) {
      heading?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    first = false;
  }, []);
  return html`
    <div class="page" ref=${place}><${Body} name=${name} /></div>
  `;
}

/** @param {{dark: boolean}} props */
function SchemeSign({ dark }) {
  return html`
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path d=${dark ? "M8 2.5a5.5 5.5 0 0 0 0 11z" : "M8 2.5a5.5 5.5 0 0 1 0 11z"} fill="currentColor" />
    </svg>
  `;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function focusFilter() {
  /** @type {HTMLElement|null} */ (document.querySelector("[data-filter]"))?.focus();
}
