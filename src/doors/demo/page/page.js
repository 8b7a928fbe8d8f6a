/**
 * The page: one room at a time, and the views that show it.
 *
 * @module
 */

import { CountChart } from "./chart.js";
import { MAX_VISITORS } from "./crowd.js";
import {
  buttonById,
  byId,
  copyOnClick,
  inputById,
  muteIdleButtons,
  oncePerFrame,
  setIdle,
} from "./dom.js";
import { counted, duration } from "./format.js";
import { FrameList } from "./frames.js";
import { VisitorGrid } from "./grid.js";
import { Inspector } from "./inspector.js";
import { PacingStrip } from "./pacing.js";
import { friendlyName, roomName, roomOfAddress } from "./room.js";
import { Session } from "./session.js";
import { Snippets } from "./snippets.js";
import { Stage } from "./stage.js";

/** @type {Session} */
let session;

const chart = new CountChart(byId("chart"));
const frames = new FrameList();
const inspector = new Inspector();
const grid = new VisitorGrid((visitor) => inspector.show(visitor));
const pacing = new PacingStrip();
const snippets = new Snippets();
const stage = new Stage({
  goLive: async () => {
    const waited = await session.goLive();
    return waited === 0 ? "Live. Nobody waited." : `Live. ${counted(waited, "visitor")} waited.`;
  },
  endLive: async () => {
    await session.endLive();
    return "Ended. Who comes now waits again.";
  },
});

const showCounts = oncePerFrame(() => {
  const counts = session.crowd?.counts();
  if (counts === undefined) return;
  for (const [state, count] of Object.entries(counts)) {
    const place = byId(`count-${state}`);
    place.textContent = String(count);
    place.parentElement?.toggleAttribute("data-none", count === 0);
  }
  showButtons(session.crowd?.open ?? 0, session.crowd?.visitors.length ?? 0);
});

/** @param {number} open @param {number} all */
function showButtons(open, all) {
  for (const button of buttons("[data-add]")) setIdle(button, open >= MAX_VISITORS);
  for (const button of buttons("[data-close]")) setIdle(button, open === 0);
  setIdle(buttonById("clear"), open === all);
  byId("full").toggleAttribute("data-full", open >= MAX_VISITORS);
}

/** @param {string} selector @returns {HTMLButtonElement[]} */
function buttons(selector) {
  return [...document.querySelectorAll(selector)].map((
    found,
  ) => /** @type {HTMLButtonElement} */ (found));
}

/** @param {string} room */
function enter(room) {
  session?.end();
  frames.clear();
  stage.reset();
  grid.select(undefined);
  pacing.show(undefined);
  inputById("room").value = room;
  document.title = `${room} · Waiting queue demo`;
  const entered = new Session(room, {
    onReady: (tokens) => {
      stage.setReady(true);
      pacing.configure(tokens.releaseRate);
      snippets.show(tokens);
      byId("interval").textContent = duration(tokens.stateIntervalMs).replace(".0", "");
      byId("conference").textContent = tokens.conference;
      showCounts();
    },
    onCount: (count) => {
      stage.setCount(count);
      chart.draw();
    },
    onLink: (link) => stage.setLink(link),
    onStatus: (status) => stage.setStatus(status),
    onAdd: (visitor) => grid.add(visitor),
    onRemove: (visitor) => {
      grid.remove(visitor);
      showCounts();
    },
    onChange: (visitor) => {
      grid.change(visitor);
      if (visitor === grid.selected) inspector.update();
      showCounts();
    },
    onRelease: (release) => pacing.show(release),
    onWire: (who, wire) => frames.add(who, wire),
  });
  session = entered;
  chart.show(session.history);
  session.start();
}

/** @param {string} text */
function changeRoom(text) {
  const room = roomName(text);
  if (room !== "" && room !== session.room) location.hash = room;
  inputById("room").value = room === "" ? session.room : room;
}

muteIdleButtons();
for (const button of buttons("[data-add]")) {
  button.addEventListener("click", () => {
    session.crowd?.add(Number(button.dataset.add));
    // The one of the empty grid is gone now, and would take the focus with it.
    if (button.closest("[hidden]") !== null) buttons(".tools [data-add]")[0]?.focus();
  });
}
for (const button of buttons("[data-close]")) {
  button.addEventListener("click", () => session.crowd?.close(Number(button.dataset.close)));
}
buttonById("clear").addEventListener("click", () => session.crowd?.clear());
buttonById("shuffle").addEventListener("click", () => changeRoom(friendlyName()));
copyOnClick(buttonById("share"), () => location.href);
inputById("room").addEventListener("change", (event) => {
  changeRoom(/** @type {HTMLInputElement} */ (event.target).value);
});
byId("room-form").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", () => {
  const room = roomOfAddress();
  if (room !== session.room) enter(room);
});
setInterval(() => {
  chart.draw();
  stage.tick();
  inspector.update();
}, 1_000);
enter(roomOfAddress());
