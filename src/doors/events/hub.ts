import { getLogger } from "../../log/log.ts";
import type { GapReason } from "../../stream/stream.ts";
import type { Clock, Timer } from "../../time/clock.ts";
import type { Closing } from "../../gateway/protocol.ts";
import type { Broadcast } from "./broadcast.ts";
import { BUS_LOST, SLOW } from "./closings.ts";

/** Subscribed to this name, a connection gets events of every name. */
const EVERY_NAME = "*";

/** Receivers that are told, and looked at, in one turn of the event loop: others get theirs too. */
const SENDS = 64;
const LOOKS = 2_048;
/** Events that are on their way, and the connections that they go to. More, and nobody keeps up. */
const MAX_EVENTS = 20_000;
const MAX_TARGETS = 5_000_000;
/** Over how long many connections are closed, and in how many steps. */
const CLOSE_MS = 1_000;
const CLOSE_STEPS = 20;

/** A connection, as the hub needs it. */
export interface Receiver {
  /** The names that it subscribed to. */
  readonly names: Iterable<string>;
  /** The `jti` of its current token. */
  readonly tokenId: string | undefined;
  /** Sends an event to it if it is to get it. Returns whether it does. */
  offer(broadcast: Broadcast): boolean;
  /** Nothing is sent to it any more. */
  silence(): void;
  close(closing: Closing): void;
}

/** An event, and who subscribed to it when it came. */
interface Job {
  readonly broadcast: Broadcast;
  readonly targets: readonly Receiver[];
  next: number;
}

export interface HubOptions {
  readonly clock: Clock;
  /** Counts events that were sent to a connection. */
  readonly delivered: (count: number) => void;
}

const logger = getLogger("events");

/** All events connections of an isolate, and the events that go to them, one after the other. */
export class Hub implements Disposable {
  readonly #options: HubOptions;
  readonly #connections = new Set<Receiver>();
  /** The started connections by the names that they subscribed to. */
  readonly #byName = new Map<string, Set<Receiver>>();
  readonly #jobs: Job[] = [];
  #targets = 0;
  #turn: Timer | undefined;
  readonly #closing = new Set<Timer>();

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Whether anybody is to get anything. */
  get listening(): boolean {
    return this.#byName.size > 0;
  }

  get connections(): Iterable<Receiver> {
    return this.#connections;
  }

  add(connection: Receiver): void {
    this.#connections.add(connection);
  }

  remove(connection: Receiver): void {
    this.#connections.delete(connection);
    for (const name of connection.names) this.#leave(connection, name);
  }

  /** `connection` has started and gets what comes from now on with `name`. */
  subscribe(connection: Receiver, name: string): void {
    let connections = this.#byName.get(name);
    if (!connections) this.#byName.set(name, connections = new Set());
    connections.add(connection);
  }

  /** Sends `broadcast` to everybody who is to get it; soon, and in the order of the calls. */
  send(broadcast: Broadcast): void {
    const named = this.#byName.get(broadcast.message.name);
    const all = this.#byName.get(EVERY_NAME);
    if (!named && !all) return;
    const targets = named && all ? [...named.union(all)] : [...(named ?? all)!];
    this.#jobs.push({ broadcast, targets, next: 0 });
    this.#targets += targets.length;
    if (this.#jobs.length > MAX_EVENTS || this.#targets > MAX_TARGETS) this.#overrun();
    else if (!this.#turn) this.#run();
  }

  /** Events are missing: everybody is closed, and comes back to look how things stand. */
  gap(_reason: GapReason): void {
    this.closeAll(BUS_LOST);
  }

  /** Closes all connections of this moment, spread over a second. Nothing is sent to them any more. */
  closeAll(closing: Closing): void {
    this.#forget();
    const connections = [...this.#connections];
    for (const connection of connections) connection.silence();
    const size = Math.ceil(connections.length / CLOSE_STEPS);
    for (let step = 0; step * size < connections.length; step++) {
      const part = connections.slice(step * size, (step + 1) * size);
      const timer = this.#options.clock.after(step * CLOSE_MS / CLOSE_STEPS, () => {
        this.#closing.delete(timer);
        for (const connection of part) connection.close(closing);
      });
      this.#closing.add(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#forget();
    for (const timer of this.#closing) timer[Symbol.dispose]();
  }

  #leave(connection: Receiver, name: string): void {
    const connections = this.#byName.get(name);
    if (connections?.delete(connection) && connections.size === 0) this.#byName.delete(name);
  }

  /** A part of what is to be sent; the rest in the next turn of the event loop. */
  readonly #run = (): void => {
    this.#turn = undefined;
    let sends = 0;
    let looks = 0;
    let job: Job | undefined;
    while ((job = this.#jobs[0]) && sends < SENDS && looks < LOOKS) {
      const { broadcast, targets } = job;
      for (; job.next < targets.length && sends < SENDS && looks < LOOKS; looks++) {
        if (targets[job.next++]!.offer(broadcast)) sends++;
      }
      if (job.next < targets.length) break;
      this.#jobs.shift();
      this.#targets -= targets.length;
    }
    if (sends > 0) this.#options.delivered(sends);
    if (this.#jobs.length > 0) this.#turn ??= this.#options.clock.after(0, this.#run);
  };

  #overrun(): void {
    logger.warn("More events come than can be sent: all events connections are closed");
    this.closeAll(SLOW);
  }

  #forget(): void {
    this.#turn?.[Symbol.dispose]();
    this.#turn = undefined;
    this.#jobs.length = 0;
    this.#targets = 0;
  }
}
