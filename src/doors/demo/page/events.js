/**
 * What happens, as somebody who asks for it hears it: the events socket, with the eyes of the
 * moderator, of a visitor or of the backend.
 *
 * @module
 */

import { Api, restAddress, socketAddress } from "./api.js";
import { byId, element, oncePerFrame, walkRows } from "./dom.js";
import { roomOfAddress } from "./room.js";

/** Events that are kept on the page. */
const MAX_EVENTS = 200;
/** How soon it comes back when it was closed. */
const AGAIN_MS = 1_500;

/** Each with its row, which keeps whether it is open and has the focus. @type {{ name: string, row: HTMLElement }[]} */
let events = [];
/** @type {WebSocket | undefined} */
let socket;
let opened = 0;

const identity = /** @type {HTMLSelectElement} */ (byId("events-identity"));
const filter = /** @type {HTMLInputElement} */ (byId("events-filter"));

const draw = oncePerFrame(() => {
  const wanted = filter.value.trim().toLowerCase();
  const shown = events.filter(({ name }) => name.includes(wanted));
  const list = byId("events");
  const rows = shown.map(({ row }) => row);
  const there = new Set(rows);
  for (const row of [...list.children]) {
    if (!there.has(/** @type {HTMLElement} */ (row))) row.remove();
  }
  rows.forEach((row, i) => {
    if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null);
  });
  const empty = byId("events-empty");
  empty.hidden = shown.length > 0;
  empty.textContent = events.length > 0 ? "None of this name." : "Nothing has happened yet.";
});

/** @param {string} text */
function say(text) {
  byId("events-state").textContent = text;
}

/** Connects anew, as whoever is chosen, to the room of the address. */
async function open() {
  const attempt = ++opened;
  socket?.close();
  events = [];
  draw();
  say("Connecting");
  try {
    const tokens = await new Api(roomOfAddress()).tokens();
    if (attempt === opened) connect(tokens[identity.value], attempt);
  } catch {
    again(attempt, "No token");
  }
}

/** @param {string} token @param {number} attempt */
function connect(token, attempt) {
  socket = new WebSocket(`${socketAddress("api/websocketd/")}?version=2&token=${token}`);
  const send = (message) => socket?.send(JSON.stringify(message));
  socket.onmessage = ({ data: frame }) => {
    const { op, data } = JSON.parse(frame);
    if (op === "init") send({ op: "subscribe", data: { event_name: "*" } });
    else if (op === "subscribe") send({ op: "start" });
    else if (op === "start") say("Listening");
    else if (op === "event") take(data);
  };
  socket.onclose = ({ code, reason }) => again(attempt, `Closed: ${code} ${reason}`);
}

/** @param {{ name: string, timestamp?: string }} event */
function take(event) {
  const time = event.timestamp?.slice(11, 19) ?? "";
  const title = element("code", {}, event.name);
  const summary = element("summary", { tabindex: "-1" }, title, " ", time);
  const text = element("pre", {}, JSON.stringify(event, null, 2));
  events.unshift({ name: event.name, row: element("details", {}, summary, text) });
  events.length = Math.min(events.length, MAX_EVENTS);
  draw();
}

/** @param {number} attempt @param {string} why */
function again(attempt, why) {
  if (attempt !== opened) return;
  say(why);
  setTimeout(() => attempt === opened && open(), AGAIN_MS);
}

/** Whether this service has the door: a socket that is refused would be an error of the page. */
async function hasDoor() {
  const answer = await fetch(restAddress("openapi.json")).catch(() => undefined);
  const { paths = {} } = await answer?.json() ?? {};
  return "/events" in paths;
}

if (await hasDoor()) {
  walkRows(byId("events"));
  byId("events-panel").hidden = false;
  identity.addEventListener("change", open);
  filter.addEventListener("input", draw);
  addEventListener("hashchange", open);
  await open();
}
