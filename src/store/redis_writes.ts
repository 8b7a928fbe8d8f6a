import calculateSlot from "cluster-key-slot";
import { Cluster } from "ioredis";
import type { Clock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { RedisClient } from "../redis/client.ts";
import type { RedisLink } from "../redis/link.ts";
import { within } from "../time/within.ts";
import { type RedisCommand, withScript } from "./redis_record.ts";

const log = getLogger("store");

/** Writes that wait for the one before them, at a time. */
const MAX_WAITING = 10_000;

/** Writes that go in one flight. */
const WRITES_PER_FLIGHT = 500;

/** How many replicas confirm a write, and in what time. */
export interface RedisWritesOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** How many replicas a write waits for. */
  readonly replicas: number;
  /** How long it waits for them, in milliseconds. */
  readonly replicaTimeoutMs: number;
}

interface Write {
  command: RedisCommand;
  readonly reply: PromiseWithResolvers<unknown>;
  /** Nobody waits for it any longer. */
  late: boolean;
}

/**
 * Writes, and waits until replicas have what was written.
 *
 * A connection that waits for replicas serves nobody else, for the whole time if they are silent. So
 * a server gets one flight of writes at a time, with one WAIT behind them; what comes meanwhile goes
 * together in the next. Alone, a write goes at once; while a replica is silent it takes twice the
 * time to wait, however many there are.
 */
export class RedisWrites {
  readonly #options: RedisWritesOptions;
  /** What waits to go to each server that has a flight under way. */
  readonly #lanes = new Map<string, Write[]>();
  #waiting = 0;
  #replicated = true;

  constructor(options: RedisWritesOptions) {
    this.#options = options;
  }

  /** The reply to `command`, which writes the key `name`. @throws {Error} it failed, or was late. */
  async write(name: string, command: RedisCommand): Promise<unknown> {
    const { link, clock, timeoutMs, replicas } = this.#options;
    if (replicas === 0) return await link.use((client) => writeAlone(client, command), timeoutMs);
    if (this.#waiting >= MAX_WAITING) throw new Error(`${MAX_WAITING} writes wait`);
    const write: Write = { command, reply: Promise.withResolvers(), late: false };
    // It may fail before this listens.
    write.reply.promise.catch(() => {});
    this.#waiting++;
    try {
      await this.#enqueue(name, write);
      return await within(write.reply.promise, timeoutMs, clock);
    } finally {
      write.late = true;
      this.#waiting--;
    }
  }

  /** The lane is chosen by whoever has the connection: a cluster has one for each master. */
  async #enqueue(name: string, write: Write): Promise<void> {
    const { link, timeoutMs } = this.#options;
    const id = await link.use((client) => Promise.resolve(laneOf(client, name)), timeoutMs);
    const lane = this.#lanes.get(id);
    if (lane) {
      lane.push(write);
      return;
    }
    const own = [write];
    this.#lanes.set(id, own);
    void this.#run(id, own);
  }

  /** Sends what waits, flight by flight, until nothing does. */
  async #run(id: string, lane: Write[]): Promise<void> {
    while (lane.length > 0) {
      const flight = lane.splice(0, WRITES_PER_FLIGHT).filter(({ late }) => !late);
      if (flight.length > 0) await this.#send(flight);
    }
    this.#lanes.delete(id);
  }

  async #send(flight: readonly Write[]): Promise<void> {
    const { link, timeoutMs, replicas, replicaTimeoutMs } = this.#options;
    const wait = ["wait", replicas, replicaTimeoutMs] as const;
    try {
      const replies = await link.use((client) => fly(client, flight, wait), timeoutMs);
      const unknown = this.#settle(flight, replies);
      // A server that has just started knows no script; the second time it gets the text.
      for (const write of unknown) write.command = withScript(write.command);
      if (unknown.length > 0) await this.#send(unknown);
    } catch (error) {
      for (const { reply } of flight) reply.reject(error);
    }
  }

  /** Gives each write its reply; returns those whose script the server does not know. */
  #settle(flight: readonly Write[], replies: readonly Reply[]): Write[] {
    const unknown: Write[] = [];
    for (const [i, write] of flight.entries()) {
      const [error, value] = replies[i]!;
      if (!error) write.reply.resolve(value);
      else if (isUnknownScript(error)) unknown.push(write);
      else write.reply.reject(error);
    }
    const [, confirmed] = replies[flight.length]!;
    if (unknown.length < flight.length) {
      this.#onConfirmed(typeof confirmed === "number" ? confirmed : 0);
    }
    return unknown;
  }

  #onConfirmed(confirmed: number): void {
    const { replicas } = this.#options;
    const replicated = confirmed >= replicas;
    if (replicated === this.#replicated) return;
    this.#replicated = replicated;
    const counts = { confirmed, replicas };
    if (replicated) log.info("Replicas confirm writes again", counts);
    else log.warn("A write was confirmed by {confirmed} of {replicas} replicas", counts);
  }
}

type Reply = [error: Error | null, value: unknown];

/** The replies to the writes of `flight`, and to the one to `wait` behind them. */
async function fly(
  client: RedisClient,
  flight: readonly Write[],
  wait: RedisCommand,
): Promise<Reply[]> {
  const commands = [...flight.map(({ command }) => command), wait];
  // One flight on one connection: WAIT counts the writes of the connection that it comes by.
  const replies = await client.pipeline(commands.map((command) => [...command])).exec() as
    | Reply[]
    | null;
  if (replies?.length !== flight.length + 1) throw new Error("The write was not answered");
  // Thrown, because the link gives up a connection that leads to a replica.
  const readOnly = replies.find(([error]) => error?.message.startsWith("READONLY"));
  if (readOnly) throw readOnly[0];
  return replies;
}

async function writeAlone(client: RedisClient, command: RedisCommand): Promise<unknown> {
  try {
    return await client.call(...command);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return await client.call(...withScript(command));
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

/** Keys of one lane are on one server: in a cluster, where the same nodes have their slots. */
function laneOf(client: RedisClient, name: string): string {
  if (!(client instanceof Cluster)) return "";
  return client.slots[calculateSlot(name)]?.join() ?? "";
}
