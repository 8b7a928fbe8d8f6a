/**
 * The frames as they pass, newest first.
 *
 * @module
 */

import {
  buttonById,
  byId,
  copyOnClick,
  element,
  inputById,
  oncePerFrame,
  walkRows,
} from "./dom.js";
import { preciseClock } from "./format.js";
import { frameOf, gist, readable, shortened } from "./frame.js";

/**
 * @typedef {object} Entry
 * @property {number} number counts up
 * @property {number} at
 * @property {string} who `M` for the moderator, else the visitor's number
 * @property {import("./stomp.js").Wire["direction"]} direction
 * @property {string} command
 * @property {string} gist
 * @property {string} text
 */

/** How many are kept, and how many of these are in the page. */
const MAX_KEPT = 1_000;
const MAX_SHOWN = 150;

const ARROWS = { in: "↓", out: "↑", socket: "×" };
const DIRECTIONS = { in: "from the server", out: "to the server", socket: "socket" };

export class FrameList {
  #rows = byId("frames");
  #empty = byId("frames-empty");
  #pause = buttonById("frames-pause");
  #text = inputById("frames-text");
  #who = /** @type {HTMLSelectElement} */ (byId("frames-who"));
  #way = /** @type {HTMLSelectElement} */ (byId("frames-way"));
  #beats = inputById("frames-beats");
  /** @type {Entry[]} */
  #kept = [];
  #lastNumber = 0;
  #lastShown = 0;
  #paused = false;
  #soon = oncePerFrame(() => this.#draw());

  constructor() {
    for (const filter of [this.#text, this.#who, this.#way, this.#beats]) {
      filter.addEventListener("input", () => this.#drawAll());
    }
    this.#pause.addEventListener("click", () => this.#setPaused(!this.#paused));
    buttonById("frames-clear").addEventListener("click", () => this.clear());
    copyOnClick(buttonById("frames-copy"), () => this.#asText());
    walkRows(this.#rows);
    this.clear();
  }

  /** @param {string} who @param {import("./stomp.js").Wire} wire */
  add(who, { direction, text }) {
    if (this.#paused) return;
    const number = ++this.#lastNumber;
    const frame = direction === "socket"
      ? { command: "socket", headers: {}, body: text }
      : frameOf(text);
    this.#kept.push({
      number,
      at: Date.now(),
      who,
      direction,
      command: frame.command,
      gist: shortened(gist(frame)),
      text: readable(text),
    });
    if (this.#kept.length > MAX_KEPT) this.#kept.splice(0, this.#kept.length - MAX_KEPT);
    this.#soon();
  }

  clear() {
    this.#kept = [];
    this.#drawAll();
  }

  /** @param {boolean} paused */
  #setPaused(paused) {
    this.#paused = paused;
    this.#pause.setAttribute("aria-pressed", String(paused));
    byId("frames-state").textContent = paused ? "Paused: frames that pass now are not kept." : "";
  }

  #drawAll() {
    this.#rows.replaceChildren();
    this.#lastShown = 0;
    this.#draw();
  }

  #draw() {
    const fresh = this.#kept.filter((entry) => entry.number > this.#lastShown && this.#fits(entry))
      .slice(-MAX_SHOWN);
    this.#lastShown = this.#lastNumber;
    this.#rows.prepend(...fresh.reverse().map(row));
    while (this.#rows.childElementCount > MAX_SHOWN) this.#rows.lastElementChild?.remove();
    this.#empty.hidden = this.#rows.childElementCount > 0;
    this.#empty.textContent = this.#kept.length > 0
      ? "No frame fits the filter."
      : "No frames yet. Add a visitor and they pass here.";
  }

  /** @param {Entry} entry */
  #fits({ who, direction, command, text }) {
    if (command === "beat" && !this.#beats.checked) return false;
    if (this.#who.value !== "all" && (who === "M") !== (this.#who.value === "moderator")) {
      return false;
    }
    if (this.#way.value !== "both" && direction !== this.#way.value) return false;
    const wanted = this.#text.value.trim().toLowerCase();
    if (/^#\d+$/.test(wanted)) return wanted === `#${who}`;
    return `${command}\n${text}`.toLowerCase().includes(wanted);
  }

  #asText() {
    return this.#kept.filter((entry) => this.#fits(entry))
      .map(({ at, who, direction, text }) =>
        `${preciseClock(at)} ${nameOf(who)} ${DIRECTIONS[direction]}\n${text}\n`
      ).join("\n");
  }
}

/** @param {string} who */
function nameOf(who) {
  return who === "M" ? "moderator" : `visitor ${who}`;
}

/** @param {Entry} entry */
function row({ at, who, direction, command, gist, text }) {
  const summary = element(
    "summary",
    { tabindex: "-1" },
    element("time", {}, preciseClock(at)),
    element("span", { class: "who", title: nameOf(who) }, who === "M" ? "mod" : `#${who}`),
    element("span", { class: "way", title: DIRECTIONS[direction] }, ARROWS[direction]),
    element("b", {}, command),
    element("span", { class: "gist" }, gist),
  );
  const attributes = { class: "frame", "data-way": direction, "data-command": command };
  const details = element("details", attributes, summary);
  // The text is made when it is wanted: most of these rows are never opened.
  details.addEventListener("toggle", () => {
    if (details.childElementCount === 1) details.append(element("pre", {}, text || "LF"));
  }, { once: true });
  return details;
}
