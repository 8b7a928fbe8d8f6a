/**
 * Everything that belongs to one room: its visitors, its moderator, its backend.
 *
 * @module
 */

import { Api } from "./api.js";
import { Crowd } from "./crowd.js";
import { History } from "./history.js";
import { Moderator } from "./moderator.js";
import { Release } from "./release.js";

/**
 * @typedef {object} Status
 * @property {"waiting" | "live"} status
 * @property {number} since milliseconds since the epoch; 0 where it is not known
 *
 * @typedef {object} SessionListener
 * @property {(tokens: import("./api.js").Tokens) => void} onReady
 * @property {(count: number) => void} onCount
 * @property {(link: import("./moderator.js").Link) => void} onLink
 * @property {(status: Status) => void} onStatus
 * @property {(visitor: import("./visitor.js").Visitor) => void} onAdd
 * @property {(visitor: import("./visitor.js").Visitor) => void} onRemove
 * @property {(visitor: import("./visitor.js").Visitor) => void} onChange
 * @property {(release: Release | undefined) => void} onRelease
 * @property {(who: string, wire: import("./stomp.js").Wire) => void} onWire
 */

/** Somebody else may have gone live: another page, or a backend. */
const LOOK_EVERY_MS = 5_000;

const TRY_AGAIN_MS = 2_000;

export class Session {
  #listener;
  #api;
  #ended = false;
  #lookTimer = 0;
  /** @type {Moderator | undefined} */
  #moderator;
  /** @type {Release | undefined} */
  #release;
  /** @type {Status} */
  status = { status: "waiting", since: 0 };
  history = new History();
  /** The last count heard. @type {number | undefined} */
  count;
  /** There once there are tokens. @type {Crowd | undefined} */
  crowd;

  /** @param {string} room @param {SessionListener} listener */
  constructor(room, listener) {
    this.room = room;
    this.#listener = listener;
    this.#api = new Api(room);
  }

  /** Begins, as soon as the server answers. */
  async start() {
    this.#listener.onLink({ state: "connecting", reason: "" });
    const tokens = await this.#firstTokens();
    if (tokens === undefined || this.#ended) return;
    this.#makeCrowd(tokens.conference);
    this.#makeModerator(tokens.conference);
    this.#listener.onReady(tokens);
    this.#lookTimer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    await this.#look();
  }

  /** Leaves the room. */
  end() {
    this.#ended = true;
    clearInterval(this.#lookTimer);
    this.#moderator?.close();
    this.crowd?.leave();
    this.#listener = deaf(this.#listener);
  }

  /** @returns {Promise<number>} how many waited */
  async goLive() {
    // Before the request: the first visitors are told while its answer is still on the way.
    if (this.status.status === "waiting") this.#release = this.#newRelease();
    const { visitorsWaiting } = await this.#api.goLive();
    this.#note({ status: "live", since: Date.now() });
    return visitorsWaiting;
  }

  async endLive() {
    await this.#api.endLive();
    this.#note({ status: "waiting", since: 0 });
  }

  async #firstTokens() {
    while (!this.#ended) {
      try {
        return await this.#api.tokens();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#listener.onLink({ state: "away", reason });
        await new Promise((done) => setTimeout(done, TRY_AGAIN_MS));
      }
    }
    return undefined;
  }

  /** @param {string} conference */
  #makeCrowd(conference) {
    this.crowd = new Crowd({
      conference,
      token: async () => (await this.#api.tokens()).visitor,
      onWire: (number, wire) => this.#listener.onWire(String(number), wire),
      onTold: (visitor) => this.#told(visitor),
      onRefused: () => this.#api.forget(),
    }, {
      onAdd: (visitor) => this.#listener.onAdd(visitor),
      onRemove: (visitor) => this.#listener.onRemove(visitor),
      onChange: (visitor) => this.#listener.onChange(visitor),
    });
  }

  /** @param {string} conference */
  #makeModerator(conference) {
    this.#moderator = new Moderator({
      conference,
      token: async () => (await this.#api.tokens()).moderator,
      onWire: (wire) => this.#listener.onWire("M", wire),
      onCount: (count) => this.#heard(count),
      onLink: (link) => {
        // The server may come back with another key.
        if (link.state === "away") {
          this.#api.forget();
          this.history.add({ at: Date.now(), count: undefined });
        }
        if (link.state === "connected") this.#look();
        this.#listener.onLink(link);
      },
    });
    this.#moderator.connect();
  }

  /** @param {number} count */
  #heard(count) {
    this.count = count;
    this.history.add({ at: Date.now(), count });
    this.#listener.onCount(count);
  }

  /** @param {import("./visitor.js").Visitor} visitor */
  #told(visitor) {
    if (this.#release === undefined) {
      this.#release = this.#newRelease(visitor.toldAt);
      this.#listener.onRelease(this.#release);
    }
    this.#release.add(visitor);
    this.#listener.onRelease(this.#release);
    if (this.status.status === "waiting") this.#look();
  }

  #newRelease(at = performance.now()) {
    return new Release(at, this.crowd?.waiting().map(({ number }) => number) ?? []);
  }

  /** Asks the service whether the conference is live. Silent: the link tells when it is away. */
  async #look() {
    if (document.hidden && this.status.status === "live") return;
    const view = await this.#api.describe().catch(() => undefined);
    if (view === undefined || this.#ended) return;
    const since = view.liveSince === undefined ? 0 : Date.parse(view.liveSince);
    this.#note({ status: view.status, since });
  }

  /** @param {Status} status */
  #note(status) {
    const before = this.status.status;
    this.status = status;
    if (status.status !== before) {
      if (status.status === "waiting") this.#release = undefined;
      const label = status.status === "live" ? "live" : "ended";
      this.history.mark({ at: Date.now(), label });
    }
    this.#listener.onStatus(status);
  }
}

/**
 * In the place of a listener that has turned to another room: sockets of the old one still close.
 *
 * @param {SessionListener} listener
 * @returns {SessionListener}
 */
function deaf(listener) {
  const names = Object.keys(listener);
  return /** @type {any} */ (Object.fromEntries(names.map((name) => [name, () => {}])));
}
