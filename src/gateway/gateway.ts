import { getLogger } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Clock } from "../time/clock.ts";
import type { Capacity } from "./capacity.ts";
import type { Endpoint, Opener } from "./endpoint.ts";
import { MemoryGuard } from "./memory_guard.ts";
import { Peer } from "./peer.ts";
import type { GatewayServices, Member } from "./services.ts";
import type { Admission, Socket, SocketEvents } from "./socket.ts";
import { Wheel } from "./wheel.ts";

/** Strangers, for each worker, as a part of all the connections that it may have. */
const STRANGERS_PART = 0.5;
/** How often a drain closes the next few connections. */
const DRAIN_STEP_MS = 50;
/** How long the last Close frames of a drain have to be sent and answered. */
const LAST_CLOSES_MS = 1_000;

/** The room that an isolate has for connections, and its clock. */
export interface GatewayOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Room for connections of all doors together. */
  readonly capacity: Capacity;
  /** Octets of resident memory of the process from which on there is no room for strangers. */
  readonly maxMemory: number;
  /** Octets of resident memory of the process. */
  readonly resident: () => number;
}

/** Why there is no room for one more connection. */
export type NoRoom = "full" | "door_full" | "unauthenticated" | "memory";

const logger = getLogger("gateway");

/** All connections of one isolate, whatever they speak. */
export class Gateway implements Disposable {
  readonly #options: GatewayOptions;
  readonly #peers = new Set<Member>();
  readonly #services: GatewayServices;
  readonly #memory: MemoryGuard;
  #strangers = 0;
  #draining = false;

  constructor(options: GatewayOptions) {
    const { clock, metrics } = options;
    this.#options = options;
    this.#services = {
      clock,
      metrics,
      wheel: new Wheel(clock),
      established: () => this.#strangers--,
      removed: (peer) => this.#removed(peer),
      socketClosed: ({ endpoint }) => this.#release(endpoint),
    };
    this.#memory = new MemoryGuard({
      clock,
      most: options.maxMemory,
      resident: options.resident,
      relieve: () => this.#shedStrangers(),
    });
  }

  /** Open connections. */
  get connections(): number {
    return this.#peers.size;
  }

  /** Takes room for one more connection of `endpoint`, or says why there is none. */
  admit(endpoint: Endpoint, opener: Opener, subprotocol?: string): Admission | NoRoom {
    const reason = this.#take(endpoint);
    if (reason) {
      this.#services.metrics.upgradeRefused(reason);
      return reason;
    }
    return {
      subprotocol,
      maxMessage: endpoint.limits.maxMessage,
      accept: (socket) => this.#accept(endpoint, opener, socket),
      abandon: () => this.#release(endpoint),
    };
  }

  /**
   * Closes all connections, spread evenly over `ms`, so that the clients do not all come back in the
   * same second. Who comes during it is taken in and closed at once: a refused upgrade would cost a
   * shipped client one of its few tries, and so would a connection that is established first.
   */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const { clock } = this.#services;
    const began = clock.now();
    const connections = this.connections;
    logger.info("Closing {connections} connections over {ms} ms", { connections, ms });
    for (
      let dismissed = 0, passed = 0;
      passed < ms && this.#hasOpen();
      passed = clock.now() - began
    ) {
      const wanted = Math.ceil(connections * (passed + DRAIN_STEP_MS) / ms);
      dismissed += this.#dismiss(wanted - dismissed);
      await new Promise<void>((resolve) => clock.after(DRAIN_STEP_MS, resolve));
    }
    this.#dismiss(Infinity);
    const end = clock.now() + LAST_CLOSES_MS;
    while (this.connections > 0 && clock.now() < end) {
      await new Promise<void>((resolve) => clock.after(DRAIN_STEP_MS, resolve));
    }
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
    this.#services.wheel[Symbol.dispose]();
  }

  #take(endpoint: Endpoint): NoRoom | undefined {
    const { capacity } = this.#options;
    if (this.#memory.pressed) return "memory";
    if (this.#strangers >= capacity.most * STRANGERS_PART) return "unauthenticated";
    if (endpoint.capacity && !endpoint.capacity.take()) return "door_full";
    if (capacity.take()) return undefined;
    endpoint.capacity?.release();
    return "full";
  }

  #release(endpoint: Endpoint): void {
    this.#options.capacity.release();
    endpoint.capacity?.release();
  }

  #accept(endpoint: Endpoint, opener: Opener, socket: Socket): SocketEvents {
    const peer = new Peer(this.#services, endpoint, socket, opener);
    this.#peers.add(peer);
    this.#strangers++;
    this.#services.metrics.connectionOpened();
    if (this.#draining) peer.refuse(endpoint.closings.drain);
    return peer;
  }

  #hasOpen(): boolean {
    return this.#peers.values().some((peer) => peer.open);
  }

  /** Closes up to `most` connections; returns how many. */
  #dismiss(most: number): number {
    let dismissed = 0;
    for (const peer of this.#peers) {
      if (dismissed >= most) break;
      if (!peer.open) continue;
      peer.closeWith(peer.endpoint.closings.drain);
      dismissed++;
    }
    return dismissed;
  }

  #shedStrangers(): void {
    for (const peer of this.#peers) {
      if (!peer.established) peer.closeWith(peer.endpoint.closings.shed);
    }
  }

  #removed(peer: Member): void {
    if (!this.#peers.delete(peer)) return;
    if (!peer.established) this.#strangers--;
    this.#services.metrics.connectionClosed(peer.why);
  }
}
