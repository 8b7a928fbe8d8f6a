/**
 * One visitor, from the first connect until it may join, as jitsi-meet does it.
 *
 * @module
 */

import { stompClient } from "./stomp.js";

/**
 * @typedef {"connecting" | "waiting" | "live" | "joined" | "closed" | "error"} VisitorState
 * `live`: told, and on its way out of the queue; `joined`: out of it.
 *
 * @typedef {object} Step
 * @property {VisitorState} state
 * @property {number} at milliseconds since the epoch
 * @property {string} note
 *
 * @typedef {object} VisitorOptions
 * @property {string} conference
 * @property {() => Promise<string>} token
 * @property {(wire: import("./stomp.js").Wire) => void} onWire
 * @property {(visitor: Visitor) => void} onChange
 * @property {(visitor: Visitor) => void} onTold
 * @property {() => void} onRefused the server refused, perhaps the token
 */

/** jitsi-meet gives up for good at the fifth error in a row. */
const MAX_ERRORS = 5;

/** The latest steps only: a visitor may lose its connection all day long. */
const MAX_STEPS = 12;

export class Visitor {
  #options;
  #client;
  #errors = 0;
  /** The last in {@linkcode steps}. @type {VisitorState} */
  state = "connecting";
  /** @type {Step[]} */
  steps = [];
  /** When it subscribed and when it was told, by the page's monotonic clock. */
  arrivedAt = 0;
  toldAt = 0;
  /** How often it was told; anything but one is a fault of the service. */
  timesTold = 0;

  /** @param {number} number @param {VisitorOptions} options */
  constructor(number, options) {
    this.number = number;
    this.#options = options;
    this.#client = stompClient({
      path: "visitor/websocket",
      token: options.token,
      onWire: options.onWire,
    });
    this.#client.onConnect = () => this.#subscribe();
    this.#client.onWebSocketError = () => this.#fail("no connection to the server");
    this.#client.onStompError = (/** @type {any} */ frame) => {
      options.onRefused();
      this.#fail(frame.headers.message ?? "ERROR");
    };
    this.#client.onWebSocketClose = (/** @type {CloseEvent} */ event) => this.#lost(event);
  }

  /** Whether it still wants something of the server. */
  get open() {
    return this.state === "connecting" || this.state === "waiting" || this.state === "live";
  }

  /** Connects, and again after it gave up. */
  connect() {
    this.#errors = 0;
    this.#enter("connecting");
    this.#client.activate();
  }

  /** Leaves, as a closed tab does but politely. */
  close() {
    if (!this.open) return;
    this.#enter("closed");
    this.#client.deactivate();
  }

  #subscribe() {
    if (this.state !== "connecting") return;
    this.#errors = 0;
    const topic = `/secured/conference/visitor/topic.${this.#options.conference}`;
    this.#client.subscribe(topic, (/** @type {any} */ message) => this.#hear(message.body));
    this.arrivedAt = performance.now();
    this.#enter("waiting");
  }

  /** @param {string} body */
  #hear(body) {
    const message = JSON.parse(body);
    if (message.status !== "live") return;
    this.timesTold++;
    if (this.state === "waiting") this.#leave(message.randomDelayMs);
    else this.#enter(this.state, `told ${this.timesTold} times`);
  }

  /**
   * The queue is left before the meeting is joined: jitsi-meet goes on only when `deactivate()`
   * has resolved, and that takes the server's RECEIPT.
   *
   * @param {number} randomDelayMs
   */
  async #leave(randomDelayMs) {
    this.toldAt = performance.now();
    this.#enter("live");
    this.#options.onTold(this);
    await this.#client.deactivate();
    await new Promise((done) => setTimeout(done, Math.random() * randomDelayMs));
    if (this.state === "live") this.#enter("joined");
  }

  /** @param {string} reason */
  #fail(reason) {
    if (!this.open) return;
    this.#errors++;
    if (this.#errors < MAX_ERRORS) {
      this.#enter("connecting", `${reason}, error ${this.#errors} of ${MAX_ERRORS}`);
      return;
    }
    this.#enter("error", `gave up after ${MAX_ERRORS} errors, as jitsi-meet does: ${reason}`);
    this.#client.deactivate();
  }

  /** @param {CloseEvent} event */
  #lost({ code }) {
    if (this.state === "waiting") this.#enter("connecting", `connection lost, code ${code}`);
  }

  /** @param {VisitorState} state @param {string} note */
  #enter(state, note = "") {
    this.state = state;
    this.steps.push({ state, at: Date.now(), note });
    if (this.steps.length > MAX_STEPS) this.steps.shift();
    this.#options.onChange(this);
  }
}
