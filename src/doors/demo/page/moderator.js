/**
 * The moderator's connection: hears the count.
 *
 * @module
 */

import { stompClient } from "./stomp.js";

/**
 * @typedef {object} Link the state of the connection
 * @property {"connecting" | "connected" | "away"} state
 * @property {string} reason
 *
 * @typedef {object} ModeratorOptions
 * @property {string} conference
 * @property {() => Promise<string>} token
 * @property {(wire: import("./stomp.js").Wire) => void} onWire
 * @property {(count: number) => void} onCount
 * @property {(link: Link) => void} onLink
 */

/** Sooner than a visitor: the whole page tells by it whether the server is there. */
const RECONNECT_MS = 2_000;

export class Moderator {
  #options;
  #client;
  #closed = false;

  /** @param {ModeratorOptions} options */
  constructor(options) {
    this.#options = options;
    this.#client = stompClient({
      path: "state/websocket",
      token: options.token,
      onWire: options.onWire,
      reconnectDelay: RECONNECT_MS,
    });
    let reason = "";
    this.#client.onConnect = () => this.#subscribe();
    this.#client.onStompError = (/** @type {any} */ frame) => reason = frame.headers.message;
    this.#client.onWebSocketClose = () => {
      if (!this.#closed) options.onLink({ state: "away", reason });
      reason = "";
    };
  }

  connect() {
    this.#options.onLink({ state: "connecting", reason: "" });
    this.#client.activate();
  }

  close() {
    this.#closed = true;
    this.#client.deactivate();
  }

  #subscribe() {
    const topic = `/secured/conference/state/topic.${this.#options.conference}`;
    this.#client.subscribe(topic, (/** @type {any} */ message) => {
      this.#options.onCount(JSON.parse(message.body).visitorsWaiting);
    });
    this.#options.onLink({ state: "connected", reason: "" });
  }
}
