/**
 * The connection to /ws/ui, which mends itself.
 *
 *   connecting ──frame──▶ catching-up ──caught_up──▶ live ──closed, or silent for too long──▶ lost ──▶ connecting
 *
 * The id of the last row seen goes with each new try, so that nothing is missing afterwards.
 */
import { effect, signal } from "../html.js";
import { get } from "../server/ask.js";
import { announce } from "../shell/announce.js";
import { compareClocks, serverNow } from "./clock.js";
import { takeFrame } from "./frames.js";
import { shown } from "./shown.js";
import { begun } from "./streams.js";

const WAITS = [250, 500, 1000, 2000, 4000]; // milliseconds before the next try
const SILENCE = 40_000; // milliseconds; the server says something every 15 s

/** @type {import("../../vendor/signals.js").Signal<"connecting"|"catching-up"|"live"|"lost">} */
export const phase = signal("connecting");
/** When what is shown was last known to be true, milliseconds. */
export const trueAt = signal(0);
/** When the next try is, milliseconds; 0 where none is planned. */
export const nextTry = signal(0);
/** The last row of the feed that came. */
export const lastId = signal(/** @type {number|null} */ (null));

/** @type {WebSocket|null} */
let socket = null;
let tries = 0;
let timer = 0;
let heard = 0;
let asked = false; // the answer, a full frame, is still to come
let anew = false; // what is known may be of another database

/** Connect, and stay connected. */
export function connect() {
  effect(() => {
    shown.value;
    queueMicrotask(tell); // one page goes as the next one comes: the server hears of the last alone
  });
  document.addEventListener("visibilitychange", () => !document.hidden && phase.peek() === "lost" && retry());
  addEventListener("online", () => phase.peek() === "lost" && retry());
  setInterval(() => {
    if (socket?.readyState === WebSocket.OPEN && performance.now() - heard > SILENCE) socket.close();
  }, 5000);
  open();
}

/** Try at once. */
export function retry() {
  clearTimeout(timer);
  open();
}

/** Ask for everything, as for the first time, and let what was loaded be loaded again. */
export function beginAnew() {
  lastId.value = null;
  begun.value = false;
  anew = true;
  tell();
}

function open() {
  nextTry.value = 0;
  if (socket) socket.onclose = null;
  socket?.close();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const made = new WebSocket(`${scheme}://${location.host}/ws/ui`);
  socket = made;
  asked = false;
  heard = performance.now();
  made.onopen = () => {
    tell();
    compareClocks().catch(() => {});
  };
  made.onmessage = (message) => take(JSON.parse(message.data));
  made.onclose = () => lost();
}

/** Say what the page shows. */
function tell() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  asked = true;
  socket.send(JSON.stringify({ after: lastId.peek(), ...shown.peek() }));
}

/** @param {any} message */
function take(message) {
  heard = performance.now();
  trueAt.value = serverNow();
  if (message.type === "ping") lastId.value = Math.max(lastId.peek() ?? 0, message.last_id ?? 0);
  if (message.type === "frame") {
    const before = lastId.peek();
    const holes = message.full && (!asked || message.skipped > 0);
    if (message.full) asked = false;
    const again = (anew && message.full) || (before !== null && (holes || message.last_id < before));
    takeFrame(message, { all: again || shown.peek().machines === "*", anew: again });
    if (message.full) anew = false;
    if (message.full) begun.value = true;
    lastId.value = message.last_id;
    phase.value = message.caught_up === false ? "catching-up" : "live";
    if (phase.peek() === "live" && tries > 0) {
      tries = 0;
      announce("Connected again; nothing is missing");
    }
  }
}

function lost() {
  if (phase.peek() === "live") announce("Disconnected; what is shown may be old");
  phase.value = "lost";
  begun.value = false;
  const wait = WAITS[Math.min(tries, WAITS.length - 1)] * (0.8 + Math.random() * 0.4);
  tries += 1;
  nextTry.value = Date.now() + wait;
  timer = setTimeout(open, wait);
  // A refused WebSocket doesn't say why; a question does, and finds out that a token is wanted.
  if (tries >= 2) get("/api/jobs/counts").catch(() => {});
}
