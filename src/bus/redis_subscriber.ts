import type { Redis } from "ioredis";
import type { Clock } from "../clock.ts";
import { RedisLink } from "../redis_link.ts";
import { within } from "../within.ts";

/** Channels of one SUBSCRIBE when all are subscribed again. */
const CHANNELS_PER_COMMAND = 1000;

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
  readonly timeoutMs: number;
}

/**
 * The connection that receives. Whenever a new one is made it is subscribed to everything before it
 * counts as standing.
 */
export class RedisSubscriber implements AsyncDisposable {
  readonly #options: RedisSubscriberOptions;
  readonly #link: RedisLink<Redis>;
  /** Stands, or is being subscribed. */
  #client: Redis | undefined;

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
    const client = this.#client;
    try {
      if (!client) throw new Error("Redis is not connected");
      await this.#confirm(client, [channel]);
    } catch (error) {
      this.#options.onLoss();
      // What Redis has subscribed is unknown now, so the next connection says it anew.
      if (client && client === this.#client) this.#link.drop("a SUBSCRIBE was not confirmed");
      throw error;
    }
  }

  /** Does not wait: what still comes is ignored by the caller. */
  unsubscribe(channel: string): void {
    const client = this.#client;
    const done = this.#options.sharded
      ? client?.sunsubscribe(channel)
      : client?.unsubscribe(channel);
    done?.catch(() => {});
  }

  drop(reason: string): void {
    this.#link.drop(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }

  async #setUp(client: Redis): Promise<void> {
    const { sharded, channels, onMessage } = this.#options;
    this.#client = client;
    client.once("end", () => {
      if (this.#client === client) this.#client = undefined;
    });
    // A slot that moves to another master takes its channels along.
    client.on("moved", () => this.#link.drop("the channels moved to another node"));
    client.on(sharded ? "smessage" : "message", onMessage);
    let chunk: string[] = [];
    for (const channel of channels()) {
      if (chunk.push(channel) < CHANNELS_PER_COMMAND) continue;
      await this.#confirm(client, chunk);
      chunk = [];
    }
    if (chunk.length > 0) await this.#confirm(client, chunk);
  }

  async #confirm(client: Redis, channels: string[]): Promise<void> {
    const { sharded, timeoutMs, clock } = this.#options;
    const done = sharded ? client.ssubscribe(...channels) : client.subscribe(...channels);
    await within(done, timeoutMs, clock);
  }
}
