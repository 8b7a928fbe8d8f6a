import type { Redis } from "ioredis";
import { type Clock, systemClock } from "../time/clock.ts";
import {
  createRedisClient,
  createServerClient,
  masterOf,
  type RedisClient,
} from "../redis/client.ts";
import { RedisLink } from "../redis/link.ts";
import { parseRedisUrl, type RedisTarget } from "../redis/url.ts";
import { Asks } from "./asks.ts";
import { type Answers, type Bus, BusError, type Subscription, type TopicHandler } from "./bus.ts";
import { Listeners } from "./listeners.ts";
import { RedisProbe } from "./redis_probe.ts";
import { RedisSubscriber } from "./redis_subscriber.ts";
import { decodeWire, encodeWire, isWireId, type WireKind, type WireMessage } from "./redis_wire.ts";
import { messageOf } from "../base/reason.ts";

/** How long Redis has to answer a command. */
const TIMEOUT_MS = 2_000;

const PROBE_INTERVAL_MS = 5_000;

/** Which bus to join, and as whom. */
export interface RedisBusOptions {
  /** One of the forms of {@linkcode parseRedisUrl}. */
  url: string;
  /** Default: a random one. */
  id?: string;
  /** Services that share a Redis and its database number need different ones. Default `wq`. */
  prefix?: string;
  clock?: Clock;
  /** How long Redis has to answer a command. Default: 2 s. */
  timeoutMs?: number;
  /** How often the receiving connection is tested. Default: 5 s. */
  probeMs?: number;
}

/**
 * The bus over the pub/sub of Redis 7 or Valkey: a topic is a channel, and every isolate has one
 * more, its inbox, for answers and what it alone is told. An isolate has two connections, for commands and for receiving.
 *
 * In a cluster the channels are sharded and all in one slot, by a hash tag: only there does the
 * number of receivers, which {@linkcode ask} needs, count everyone, and only so does the order of a
 * sender hold over topics. One master carries the bus.
 *
 * Pub/sub delivers at most once. A receiving connection that ends, or a probe that does not come
 * back, is replaced, everything is subscribed again, and the gap is told. A machine that vanished
 * without closing its connections is counted until TCP gives up (`tcp_retries2`, 15 min unless set;
 * no keep-alives are sent while messages wait): until then an `ask` of a topic that it had takes its
 * whole time and is incomplete.
 *
 * Cost, with k other isolates that have the topic: `publish` one command and k+1 messages at most;
 * `ask` the same, and k commands and k messages for the answers; `tell` one command and one message;
 * `subscribe`, and the end of a topic's last subscription, one command at most, as many go together.
 * Besides, a command and a message an isolate every 5 s.
 */
export class RedisBus implements Bus {
  readonly id: string;
  readonly #sharded: boolean;
  readonly #tag: string;
  readonly #timeoutMs: number;
  readonly #listeners = new Listeners((topic) =>
    this.#subscriber.unsubscribe(this.#channel(topic))
  );
  readonly #asks: Asks;
  readonly #commands: RedisLink<RedisClient>;
  readonly #subscriber: RedisSubscriber;
  readonly #probe: RedisProbe;
  #gap = false;
  #closed = false;

  private constructor(target: RedisTarget, options: RedisBusOptions) {
    const { id = crypto.randomUUID(), prefix = "wq", clock = systemClock } = options;
    if (!isWireId(id)) throw new TypeError(`Cannot use ${id} as the id of an isolate`);
    this.id = id;
    this.#sharded = target.kind === "cluster";
    // Channels, unlike keys, are common to all databases of a server.
    this.#tag = `{${prefix}:${target.db}}`;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#asks = new Asks(clock);
    this.#commands = new RedisLink({
      name: "bus, sending",
      create: () => createRedisClient(target, 2 * this.#timeoutMs),
      onUp: () => this.#tellGap(),
      clock,
    });
    this.#subscriber = new RedisSubscriber({
      create: () => this.#createSubscriber(target),
      sharded: this.#sharded,
      channels: () => this.#channels(),
      onMessage: (channel, text) => this.#receive(channel, text),
      onUp: () => this.#onSubscriberUp(),
      onLoss: () => this.#gap = true,
      clock,
      timeoutMs: this.#timeoutMs,
    });
    this.#probe = new RedisProbe({
      clock,
      everyMs: options.probeMs ?? PROBE_INTERVAL_MS,
      standing: () => this.#subscriber.up,
      send: (n) => this.#send(this.#inbox(id), { kind: "probe", n, payload: "" }),
      onDead: (reason) => this.#subscriber.drop(reason),
    });
  }

  /**
   * Joins the bus. Resolves when the first attempt to connect has succeeded, or failed: then it
   * goes on by itself, and a gap is told when the bus stands.
   *
   * @throws {TypeError} the URL cannot be used.
   */
  static async open(options: RedisBusOptions): Promise<RedisBus> {
    const bus = new RedisBus(parseRedisUrl(options.url), options);
    await Promise.all([bus.#commands.tried, bus.#subscriber.tried]);
    if (!bus.#subscriber.up) bus.#gap = true;
    return bus;
  }

  async publish(topic: string, payload: string): Promise<void> {
    await this.#publish(topic, { kind: "publish", n: 0, payload }, this.#timeoutMs);
  }

  async ask(topic: string, payload: string, timeoutMs: number): Promise<Answers> {
    const { n, answers } = this.#asks.start(timeoutMs);
    try {
      const limit = Math.min(timeoutMs, this.#timeoutMs);
      const receivers = await this.#publish(topic, { kind: "ask", n, payload }, limit);
      // When this isolate has the topic too, it is one of them, and hears its own ask.
      this.#asks.expect(n, (heard) => heard.size >= receivers);
    } catch (error) {
      this.#asks.cancel(n);
      throw error;
    }
    return await answers;
  }

  async tell(isolate: string, topic: string, payload: string): Promise<boolean> {
    if (this.#closed) throw closed();
    const message = { kind: "tell", n: topic.length, payload: topic + payload } as const;
    try {
      return await this.#send(this.#inbox(isolate), message) > 0;
    } catch (cause) {
      throw busError(`tell isolate ${isolate}`, cause);
    }
  }

  subscribe(topic: string, handler: TopicHandler): Subscription {
    return this.#listeners.subscribe(topic, handler, () => this.#join(topic));
  }

  onGap(handler: () => void): Disposable {
    return this.#listeners.onGap(handler);
  }

  /** Resolves when a message to the own inbox would arrive. */
  async check(timeoutMs: number): Promise<void> {
    if (this.#closed) throw closed();
    try {
      const message = { kind: "probe", n: 0, payload: "" } as const;
      const receivers = await this.#send(this.#inbox(this.id), message, timeoutMs);
      if (receivers === 0) throw new Error("the inbox is not subscribed");
    } catch (cause) {
      throw busError("reach Redis", cause);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#probe[Symbol.dispose]();
    this.#asks[Symbol.dispose]();
    this.#listeners.clear();
    await Promise.all([
      this.#subscriber[Symbol.asyncDispose](),
      this.#commands[Symbol.asyncDispose](),
    ]);
  }

  async #createSubscriber(target: RedisTarget): Promise<Redis> {
    if (target.kind !== "cluster") return createRedisClient(target, 2 * this.#timeoutMs) as Redis;
    await this.#commands.tried;
    const master = await this.#commands.use(
      (client) => masterOf(client, this.#tag),
      this.#timeoutMs,
    );
    return createServerClient(target, master, 2 * this.#timeoutMs);
  }

  /** A further handler of a topic joins anew: whether the first one did so may be open. */
  async #join(topic: string): Promise<void> {
    if (this.#closed) throw closed();
    try {
      await this.#subscriber.subscribe(this.#channel(topic));
    } catch (cause) {
      throw busError("subscribe", cause);
    }
  }

  /** A topic that comes or goes while this is read is found, or is not. */
  *#channels(): Iterable<string> {
    yield this.#inbox(this.id);
    for (const topic of this.#listeners.topics()) yield this.#channel(topic);
  }

  #channel(topic: string): string {
    return `${this.#tag}:t:${topic}`;
  }

  #inbox(id: string): string {
    return `${this.#tag}:i:${id}`;
  }

  /** Publishes to a topic. Gives the number of receivers. */
  async #publish(
    topic: string,
    message: Omit<WireMessage, "from">,
    timeoutMs: number,
  ): Promise<number> {
    if (this.#closed) throw closed();
    try {
      return await this.#send(this.#channel(topic), message, timeoutMs);
    } catch (cause) {
      throw busError("publish", cause);
    }
  }

  #send(
    channel: string,
    message: Omit<WireMessage, "from">,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<number> {
    const text = encodeWire({ ...message, from: this.id });
    return this.#commands.use(
      (client) =>
        this.#sharded
          ? client.spublish(channel, text) as Promise<number>
          : client.publish(channel, text),
      timeoutMs,
    );
  }

  #onSubscriberUp(): void {
    this.#probe.reset();
    this.#tellGap();
  }

  /** Whoever is told of a gap wants to read and to publish, so both connections must stand. */
  #tellGap(): void {
    if (!this.#gap || !this.#subscriber.up || !this.#commands.up) return;
    this.#gap = false;
    this.#listeners.gap();
  }

  #receive(channel: string, text: string): void {
    const message = decodeWire(text);
    if (!message || this.#closed) return;
    switch (message.kind) {
      case "publish":
        if (message.from !== this.id) this.#handle(channel, message);
        break;
      case "tell":
        this.#onTell(message);
        break;
      case "ask":
        this.#onAsk(channel, message);
        break;
      case "probe":
        this.#probe.heard(message.n);
        break;
      case "answer":
        this.#asks.answer(message.n, message.from, message.payload);
        break;
      case "none":
        this.#asks.answer(message.n, message.from, undefined);
        break;
      case "absent":
        this.#asks.absent(message.n, message.from);
    }
  }

  #onTell({ n, payload, from }: WireMessage): void {
    if (n > payload.length) return;
    this.#listeners.hand(payload.slice(0, n), payload.slice(n), from);
  }

  #onAsk(channel: string, message: WireMessage): void {
    const { from, n } = message;
    if (from === this.id) return this.#asks.absent(n, from);
    if (!this.#listeners.has(this.#topic(channel))) return this.#reply(from, n, "absent");
    const answer = this.#handle(channel, message);
    this.#reply(from, n, answer === undefined ? "none" : "answer", answer);
  }

  #handle(channel: string, { payload, from }: WireMessage): string | undefined {
    return this.#listeners.hand(this.#topic(channel), payload, from);
  }

  #topic(channel: string): string {
    return channel.slice(this.#channel("").length);
  }

  /** An answer that cannot be sent is one that does not come: the asker's time runs out. */
  #reply(to: string, n: number, kind: WireKind, payload = ""): void {
    this.#send(this.#inbox(to), { kind, n, payload }).catch(() => {});
  }
}

function closed(): BusError {
  return new BusError("Cannot use the bus: it is closed");
}

function busError(what: string, cause: unknown): BusError {
  const reason = messageOf(cause);
  return new BusError(`Cannot ${what}: ${reason}`, { cause });
}
