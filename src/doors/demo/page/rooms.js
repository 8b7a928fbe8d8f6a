/**
 * One person plays the owner of a room and its guests, and watches what their media do.
 *
 * @module
 */

import { buttonById, byId } from "./dom.js";
import { HawkSession } from "./hawk.js";
import { friendlyName } from "./room.js";

/** A call with one other, step by step. */
const CALL = [
  ["Session.connectionCreated", "waiting", 1, 0, 0],
  ["Session.connectionCreated", "starting", 2, 0, 0],
  ["Publisher.streamCreated", "sending", 2, 1, 0],
  ["Session.streamCreated", "sendrecv", 2, 1, 1],
  ["Publisher.streamDestroyed", "receiving", 2, 0, 1],
  ["Session.streamDestroyed", "cleanup", 2, 0, 0],
  ["Session.connectionDestroyed", "waiting", 1, 0, 0],
  ["Session.connectionDestroyed", "init", 0, 0, 0],
];
const LOOK_MS = 1_000;
const REFRESH_MS = 100_000;
const SEATS = 5;

/** @typedef {(body: Record<string, unknown>) => Promise<Response>} Act */

/**
 * By the name that it has in the room.
 *
 * @type {Map<string, {act: Act, step: number}>}
 */
const players = new Map();

/** @param {string} state @param {string} words */
function say(state, words) {
  document.body.dataset.state = state;
  byId("words").textContent = words;
}

/** @param {Response} response */
async function read(response) {
  const text = await response.text();
  const body = text === "" ? {} : JSON.parse(text);
  if (!response.ok) throw new Error(body.error ?? body.detail ?? text);
  return body;
}

/** @param {() => Promise<void>} work */
function attempt(work) {
  return async () => {
    try {
      await work();
    } catch (error) {
      say("error", error instanceof Error ? error.message : String(error));
    }
  };
}

/** The owner is a moderator of the conference, so that the room may make it live. */
async function begin() {
  const name = location.hash.slice(1) || friendlyName();
  const { moderator, conference } = await read(await fetch(`tokens?room=${name}`));
  const registered = await fetch("../registration", {
    method: "POST",
    headers: { authorization: `Bearer ${moderator}` },
  });
  await read(registered);
  const session = await HawkSession.from(registered.headers.get("hawk-session-token") ?? "");
  const room = { roomOwner: "You", roomName: name, maxSize: SEATS, expiresIn: 1, conference };
  const { roomToken } = await read(await session.fetch("../rooms", "POST", room));
  byId("conference").textContent = conference;
  byId("conference").setAttribute("href", `./#${name}`);
  return { session, path: `../rooms/${roomToken}` };
}

/** @param {string} path @returns {Act} as a guest, who has its token for all that follows */
function guestAt(path) {
  let token = "";
  return async (body) => {
    const response = await fetch(path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token && { authorization: `Basic ${btoa(`${token}:`)}` }),
      },
      body: JSON.stringify(body),
    });
    if (body["action"] === "join" && response.ok) {
      token = (await response.clone().json()).sessionToken;
    }
    return response;
  };
}

/** @param {string} name @param {Act} act */
async function join(name, act) {
  await read(await act({ action: "join", displayName: name, clientMaxSize: SEATS }));
  players.set(name, { act, step: 0 });
}

/** @param {string} name */
async function leave(name) {
  const player = players.get(name);
  players.delete(name);
  await read(await /** @type {{act: Act}} */ (player).act({ action: "leave" }));
}

/** @param {string} name */
async function report(name) {
  const player = players.get(name);
  if (!player) return;
  const step = CALL[player.step++ % CALL.length] ?? [];
  const [event, state, connections, sendStreams, recvStreams] = step;
  const body = { action: "status", event, state, connections, sendStreams, recvStreams };
  await read(await player.act(body));
}

/** @param {string} label @param {() => Promise<void>} work */
function button(label, work) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = label;
  made.addEventListener("click", attempt(work));
  return made;
}

/** @param {any} participant as `/state` has it */
function row({ displayName, role, media }) {
  const line = document.createElement("tr");
  const { state = "", computedState = "", reports = 0 } = media ?? {};
  for (const text of [displayName, role, state, computedState, reports]) {
    line.insertCell().textContent = String(text);
  }
  const tools = line.insertCell();
  if (players.has(displayName)) {
    tools.append(
      button("Next step", () => report(displayName)),
      button("Leave", () => leave(displayName)),
    );
  }
  if (media) line.dataset.agrees = String(media.stateAgrees);
  return line;
}

/** @param {HawkSession} session @param {string} path */
async function look(session, path) {
  const { participants } = await read(await session.fetch(`${path}/state`));
  const shown = JSON.stringify(participants);
  // The buttons stay where they are unless something has changed.
  if (byId("participants").dataset.shown === shown) return;
  byId("participants").dataset.shown = shown;
  byId("participants").replaceChildren(...participants.map(row));
}

async function play() {
  const { session, path } = await begin();
  /** @type {Act} */
  const own = (body) => session.fetch(path, "POST", body);
  let guests = 0;
  byId("owner-join").addEventListener("click", attempt(() => join("You", own)));
  byId("owner-leave").addEventListener("click", attempt(() => leave("You")));
  byId("guest-add").addEventListener(
    "click",
    attempt(() => join(`Guest ${++guests}`, guestAt(path))),
  );
  for (const id of ["owner-join", "owner-leave", "guest-add"]) buttonById(id).disabled = false;
  setInterval(attempt(() => look(session, path)), LOOK_MS);
  const refresh = async () => {
    for (const { act } of players.values()) await read(await act({ action: "refresh" }));
  };
  setInterval(attempt(refresh), REFRESH_MS);
  await look(session, path);
  say("ready", "The room is made. Come in, add guests, and let them say what their media do.");
}

attempt(play)();
