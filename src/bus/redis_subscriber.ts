import type { Redis } from "ioredis";
import type { Clock } from "../time/clock.ts";
import { RedisLink } from "../redis/link.ts";
import { within } from "../time/within.ts";
import { chunks, SubscriptionBatch } from "./subscription_batch.ts";

/** What the receiving connection subscribes to, and whom it tells. */
export interface RedisSubscriberOptions {
  readonly create: () => Redis | Promise<Redis>;
  /** Whether the channels belong to a shard of a cluster. */
  readonly sharded: boolean;
  /** What must be subscribed on a new connection; read while it is done. */
  readonly channels: () => Iterable<string>;
  readonly onMessage: (channel: string, text: string) => void;
  /** A connection stands and everything is subscribed. */
  readonly onUp: () => void;
  /** Messages may be lost from now until the next {@linkcode onUp}. */
  readonly onLoss: () => void;
  readonly clock: Clock;
  /** How long Redis has to confirm up to a hundred channels. */
  readonly timeoutMs: number;
}

/**
 * The connection that receives. Whenever a new one is made it is subscribed to everything before it
 * counts as standing.
 */
export class RedisSubscriber implements AsyncDisposable {
  readonly #options: RedisSubscriberOptions;
  readonly #link: RedisLink<Redis>;
  /** Of the connection that stands or is being subscribed. */
  #batch: SubscriptionBatch | undefined;

  constructor(options: RedisSubscriberOptions) {
    this.#options = options;
    this.#link = new RedisLink<Redis>({
      name: "bus, receiving",
      create: options.create,
      setUp: (client) => this.#setUp(client),
      // Once this is answered Redis counts this isolate among the receivers no longer.
      leave: (client) => client.quit(),
      onUp: options.onUp,
      onDown: options.onLoss,
      clock: options.clock,
    });
  }

  get tried(): Promise<void> {
    return this.#link.tried;
  }

  get up(): boolean {
    return this.#link.up;
  }

  /** Resolves when Redis has confirmed it. @throws {Error} it has not; it is done on return. */
  async subscribe(channel: string): Promise<void> {
    try {
      if (!this.#batch) throw new Error("Redis is not connected");
      await this.#batch.subscribe(channel);
    } catch (error) {
      this.#options.onLoss();
      throw error;
    }
  }

  /** Does not wait: what still comes is ignored by the caller. */
  unsubscribe(channel: string): void {
    this.#batch?.unsubscribe(channel);
  }

  drop(reason: string): void {
    this.#link.drop(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }

  async #setUp(client: Redis): Promise<void> {
    const { sharded, channels, onMessage } = this.#options;
    const batch = this.#batch = new SubscriptionBatch({
      subscribe: (names) => this.#confirmOrDrop(client, names),
      unsubscribe: (names) => void this.#unsubscribe(client, names).catch(() => {}),
    });
    client.once("end", () => {
      batch.fail(new Error("The connection to Redis ended"));
      if (this.#batch === batch) this.#batch = undefined;
    });
    // A slot that moves to another master takes its channels along.
    client.on("moved", () => this.#link.drop("the channels moved to another node"));
    client.on(sharded ? "smessage" : "message", onMessage);
    for (const names of chunks(channels())) await this.#confirm(client, names);
  }

  /** What Redis has subscribed is unknown after a failure, so a new connection says it anew. */
  async #confirmOrDrop(client: Redis, channels: string[]): Promise<void> {
    try {
      await this.#confirm(client, channels);
    } catch (error) {
      client.disconnect();
      throw error;
    }
  }

  async #confirm(client: Redis, channels: string[]): Promise<void> {
    const { sharded, timeoutMs, clock } = this.#options;
    const done = sharded ? client.ssubscribe(...channels) : client.subscribe(...channels);
    await within(done, timeoutMs, clock);
  }

  #unsubscribe(client: Redis, channels: string[]): Promise<unknown> {
    return this.#options.sharded
      ? client.sunsubscribe(...channels)
      : client.unsubscribe(...channels);
  }
}
