/**
 * The moderator's view: the count, whether the meeting is live, and the two buttons.
 *
 * @module
 */

import { announce, buttonById, byId, setIdle } from "./dom.js";
import { clock, counted, wholeSeconds } from "./format.js";

/** So often at most is the count said aloud. */
const SAY_EVERY_MS = 3_000;

const LINKS = { connecting: "Connecting", connected: "Connected", away: "Server away" };

export class Stage {
  #count = byId("count");
  #badge = byId("status");
  #result = byId("result");
  #link = byId("link");
  #away = byId("away");
  #golive = buttonById("golive");
  #endlive = buttonById("endlive");
  #sayTimer = 0;
  #awaySince = 0;
  #reason = "";
  /** @type {import("./session.js").Status} */
  #status = { status: "waiting", since: 0 };
  #busy = true;

  /** @param {{ goLive: () => Promise<string>, endLive: () => Promise<string> }} actions what happened, in words */
  constructor({ goLive, endLive }) {
    this.#golive.addEventListener("click", () => this.#run(goLive));
    this.#endlive.addEventListener("click", () => this.#run(endLive));
  }

  /** Back to a room of which nothing is known. */
  reset() {
    this.#count.textContent = "–";
    this.#say("");
    this.setStatus({ status: "waiting", since: 0 });
    this.setReady(false);
  }

  /** @param {boolean} ready whether the buttons may be used */
  setReady(ready) {
    this.#busy = !ready;
    this.#showButtons();
  }

  /** @param {number} count */
  setCount(count) {
    this.#count.textContent = String(count);
    this.#count.toggleAttribute("data-long", count > 999);
    byId("count-noun").textContent = count === 1 ? "visitor waiting" : "visitors waiting";
    if (this.#sayTimer !== 0) return;
    this.#sayTimer = setTimeout(() => {
      this.#sayTimer = 0;
      announce(`${counted(Number(this.#count.textContent), "visitor")} waiting`);
    }, SAY_EVERY_MS);
  }

  /** @param {import("./session.js").Status} status */
  setStatus(status) {
    if (status.status !== this.#status.status) {
      announce(status.status === "live" ? "The meeting is live" : "The meeting is not live");
    }
    this.#status = status;
    this.#showButtons();
    this.tick();
  }

  /** @param {import("./moderator.js").Link} link */
  setLink({ state, reason }) {
    this.#link.dataset.state = state;
    this.#count.toggleAttribute("data-stale", state === "away");
    byId("link-words").textContent = LINKS[state];
    this.#reason = reason;
    if (state === "away" && this.#awaySince === 0) {
      this.#awaySince = Date.now();
      announce("The server went away");
    }
    if (state === "connected" && this.#awaySince !== 0) this.#back();
    this.tick();
  }

  /** Draws what changes because time goes by. */
  tick() {
    const { status, since } = this.#status;
    const live = status === "live";
    this.#badge.dataset.state = status;
    this.#badge.textContent = !live
      ? "Not live"
      : since === 0
      ? "Live"
      : `Live since ${clock(since)}`;
    const away = this.#awaySince !== 0;
    this.#away.hidden = !away;
    if (!away) return;
    const reason = this.#reason === ""
      ? "The server does not answer"
      : this.#reason.replace(/\.$/, "");
    const ago = wholeSeconds(Date.now() - this.#awaySince);
    byId("away-words").textContent = `${reason}. Trying again for ${ago} now.`;
  }

  #back() {
    this.#say(`The server is back after ${wholeSeconds(Date.now() - this.#awaySince)}.`);
    announce("The server is back");
    this.#awaySince = 0;
  }

  /** @param {() => Promise<string>} action */
  async #run(action) {
    this.setReady(false);
    try {
      this.#say(await action());
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error), "bad");
    }
    this.setReady(true);
  }

  #showButtons() {
    setIdle(this.#golive, this.#busy);
    // Again does no harm, backends do it; but it is not what one wants next.
    this.#golive.className = this.#status.status === "live" ? "plain" : "primary";
    setIdle(this.#endlive, this.#busy || this.#status.status !== "live");
  }

  /** @param {string} text @param {"good" | "bad"} mood */
  #say(text, mood = "good") {
    this.#result.dataset.mood = mood;
    this.#result.textContent = text;
  }
}
