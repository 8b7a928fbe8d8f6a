import { getLogger } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Clock } from "../time/clock.ts";
import type { Capacity } from "./capacity.ts";
import type { Endpoint, Opener } from "./endpoint.ts";
import { MemoryGuard } from "./memory_guard.ts";
import { refusal } from "./refusal.ts";
import { Peer } from "./peer.ts";
import type { GatewayServices, Member } from "./services.ts";
import { type Place, type Places, UNCOUNTED } from "./places.ts";
import type { Admission, SocketEvents } from "./socket.ts";
import { Wheel } from "./wheel.ts";
import { sleep } from "../time/sleep.ts";

/** Strangers, over all workers, as a part of all the connections that the process may have. */
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
  /** The part of it that strangers may have, see {@linkcode strangersOf}. */
  readonly strangers: Capacity;
  /** Room for connections of one address; absent: whatever there is. */
  readonly addresses?: Places | undefined;
  /** Octets of resident memory of the process from which on there is no room for strangers. */
  readonly maxMemory: number;
  /** Octets of resident memory of the process. */
  readonly resident: () => number;
}

/** What is known of who wants to come in. */
export interface Newcomer {
  /** The subprotocol to answer; absent: none. */
  readonly subprotocol?: string | undefined;
  /** What tells its address from others, where that is bounded. */
  readonly address?: string | undefined;
}

/** Why there is no room for one more connection. */
export type NoRoom = "full" | "door_full" | "unauthenticated" | "memory" | "address";

/** How many strangers there may be among so many connections. */
export function strangersOf(connections: number): number {
  return Math.max(1, Math.floor(connections * STRANGERS_PART));
}

const logger = getLogger("gateway");

/** All connections of one isolate, whatever they speak. */
export class Gateway implements Disposable {
  readonly #options: GatewayOptions;
  readonly #peers = new Set<Member>();
  readonly #services: GatewayServices;
  readonly #memory: MemoryGuard;
  /** The oldest first. */
  readonly #strangers = new Set<Member>();
  /** The stranger that was sent away last. */
  #dismissed: Member | undefined;
  #draining = false;

  constructor(options: GatewayOptions) {
    const { clock, metrics } = options;
    this.#options = options;
    this.#services = {
      clock,
      metrics,
      wheel: new Wheel(clock),
      established: (peer) => this.#noStranger(peer),
      removed: (peer) => this.#removed(peer),
      socketClosed: ({ endpoint, place }) => this.#release(endpoint, place),
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

  /**
   * Takes room for one more connection of `endpoint`, or says why there is none.
   *
   * @param address of the client; absent: it is not bounded by its address.
   */
  admit(
    endpoint: Endpoint,
    opener: Opener,
    { subprotocol, address }: Newcomer = {},
  ): Admission | NoRoom {
    const place = this.#take(endpoint, address);
    if (typeof place === "string") {
      this.#services.metrics.upgradeRefused(place);
      return place;
    }
    return {
      subprotocol,
      maxMessage: endpoint.limits.maxMessage,
      accept: (socket) =>
        this.#accept(
          new Peer(this.#services, {
            endpoint,
            place,
            socket,
            opener: this.#draining ? refusal(endpoint.closings.drain) : opener,
          }),
        ),
      abandon: () => {
        this.#options.strangers.release();
        this.#release(endpoint, place);
      },
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
      await sleep(clock, DRAIN_STEP_MS);
    }
    this.#dismiss(Infinity);
    const end = clock.now() + LAST_CLOSES_MS;
    while (this.connections > 0 && clock.now() < end) {
      await sleep(clock, DRAIN_STEP_MS);
    }
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
    this.#services.wheel[Symbol.dispose]();
  }

  #take(endpoint: Endpoint, address: string | undefined): Place | NoRoom {
    const { capacity, addresses } = this.#options;
    if (this.#memory.pressed) return "memory";
    const place = address !== undefined && addresses ? addresses.take(address) : UNCOUNTED;
    if (place === undefined) return "address";
    const hasDoor = endpoint.capacity?.take() ?? true;
    const hasRoom = hasDoor && capacity.take();
    if (hasRoom && this.#takeStranger()) return place;
    if (hasRoom) capacity.release();
    if (hasDoor) endpoint.capacity?.release();
    addresses?.release(place);
    return !hasDoor ? "door_full" : !hasRoom ? "full" : "unauthenticated";
  }

  /**
   * Room among the strangers: where there is none, the oldest stranger of this worker gives up its
   * own, since who is honest is soon no stranger any more. False when all are another worker's.
   */
  #takeStranger(): boolean {
    if (this.#options.strangers.take()) return true;
    const [oldest] = this.#strangers;
    if (!oldest) return false;
    this.#strangers.delete(oldest);
    oldest.closeWith(oldest.endpoint.closings.crowded);
    // It takes a place until it has answered the Close. However fast they come, one has that time.
    this.#dismissed?.cut("crowded");
    this.#dismissed = oldest;
    return true;
  }

  #release(endpoint: Endpoint, place: Place): void {
    this.#options.capacity.release();
    endpoint.capacity?.release();
    this.#options.addresses?.release(place);
  }

  #accept(peer: Peer): SocketEvents {
    this.#peers.add(peer);
    this.#strangers.add(peer);
    this.#services.metrics.connectionOpened();
    return peer;
  }

  #noStranger(peer: Member): void {
    if (this.#strangers.delete(peer)) this.#options.strangers.release();
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
    for (const peer of this.#strangers) peer.closeWith(peer.endpoint.closings.shed);
  }

  #removed(peer: Member): void {
    if (!this.#peers.delete(peer)) return;
    this.#noStranger(peer);
    if (this.#dismissed === peer) this.#dismissed = undefined;
    this.#services.metrics.connectionClosed(peer.why);
  }
}
