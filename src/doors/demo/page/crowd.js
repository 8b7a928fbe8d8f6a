/**
 * All visitors of the page.
 *
 * @module
 */

import { Visitor } from "./visitor.js";

/**
 * @typedef {import("./visitor.js").VisitorState} VisitorState
 *
 * @typedef {object} CrowdListener
 * @property {(visitor: Visitor) => void} onAdd
 * @property {(visitor: Visitor) => void} onRemove
 * @property {(visitor: Visitor) => void} onChange
 */

/** Browsers open 200 to 255 WebSockets to one host, and no more. */
export const MAX_VISITORS = 200;

export class Crowd {
  #options;
  #listener;
  #lastNumber = 0;
  /** In the order in which they came. @type {Visitor[]} */
  visitors = [];

  /**
   * @param {Omit<import("./visitor.js").VisitorOptions, "onChange" | "onWire"> & {
   *   onWire: (number: number, wire: import("./stomp.js").Wire) => void }} options
   * @param {CrowdListener} listener
   */
  constructor(options, listener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** How many want something of the server. */
  get open() {
    return this.visitors.filter((visitor) => visitor.open).length;
  }

  /** Adds up to `count`, as many as the browser can hold. @param {number} count */
  add(count) {
    const free = MAX_VISITORS - this.open;
    for (let i = 0; i < Math.min(count, free); i++) {
      if (this.visitors.length >= MAX_VISITORS) this.#removeOldestDone();
      this.#addOne();
    }
  }

  /** Closes the `count` that came last. @param {number} count */
  close(count) {
    for (const visitor of this.visitors.filter(({ open }) => open).slice(-count)) visitor.close();
  }

  /** Forgets those that are through with the queue. */
  clear() {
    for (const visitor of this.visitors.filter(({ open }) => !open)) this.#remove(visitor);
  }

  /** Closes and forgets all. */
  leave() {
    this.close(MAX_VISITORS);
    this.clear();
  }

  /** Who waits, first come first. */
  waiting() {
    return this.visitors.filter(({ state }) => state === "waiting")
      .sort((a, b) => a.arrivedAt - b.arrivedAt);
  }

  /** How many there are in each state. */
  counts() {
    /** @type {Record<VisitorState, number>} */
    const counts = { connecting: 0, waiting: 0, live: 0, joined: 0, closed: 0, error: 0 };
    for (const { state } of this.visitors) counts[state]++;
    return counts;
  }

  #addOne() {
    const number = ++this.#lastNumber;
    const visitor = new Visitor(number, {
      ...this.#options,
      onWire: (wire) => this.#options.onWire(number, wire),
      onChange: (changed) => this.#listener.onChange(changed),
    });
    this.visitors.push(visitor);
    this.#listener.onAdd(visitor);
    visitor.connect();
  }

  #removeOldestDone() {
    const done = this.visitors.find(({ open }) => !open);
    if (done !== undefined) this.#remove(done);
  }

  /** @param {Visitor} visitor */
  #remove(visitor) {
    this.visitors.splice(this.visitors.indexOf(visitor), 1);
    this.#listener.onRemove(visitor);
  }
}
