import { type Clock, systemClock, type Timer } from "../time/clock.ts";
import { Asks } from "./asks.ts";
import { type Answers, type Bus, BusError, type Subscription, type TopicHandler } from "./bus.ts";
import { Listeners } from "./listeners.ts";
import { Outbox } from "./outbox.ts";
import { Peers } from "./peers.ts";
import { sleep } from "../time/sleep.ts";

const BEAT_INTERVAL_MS = 5000;

/** A peer that is silent for this many beats is dropped. */
const MAX_SILENT_BEATS = 3;

/** How long an isolate that opens the bus waits for the others to answer its hello. */
const SETTLE_MS = 50;

/** A beat follows a batch this late, so that a loss at the end of a burst is noticed soon. */
const TAIL_MS = 50;

/** Gaps found within this time are told as one. */
const GAP_SETTLE_MS = 100;

/** One publication, question or answer in a batch. */
type Item =
  | { kind: "publish"; topic: string; payload: string }
  | { kind: "tell"; to: string; topic: string; payload: string }
  | { kind: "ask"; topic: string; payload: string; n: number }
  | { kind: "answer"; to: string; n: number; payload: string | undefined }
  | { kind: "absent"; to: string; n: number };

/** What is posted. `seq` counts the batches of the sender up to and with this note. */
type Note =
  | { kind: "hello" | "here" | "beat" | "bye"; from: string; seq: number }
  | { kind: "gone"; id: string }
  | { kind: "batch"; from: string; seq: number; items: Item[] };

/** Which bus to join, and as whom. */
export interface BroadcastChannelBusOptions {
  /** Isolates that open the same name share the bus. */
  name: string;
  /** Default: a random one. A supervisor that gives it can call {@linkcode announceGone}. */
  id?: string;
  clock?: Clock;
}

/**
 * The bus between the isolates of one process, and between instances on Deno Deploy.
 *
 * The channel reaches every isolate whatever its topics, in the order of each sender, and loses
 * messages for a receiver that falls behind; batches are numbered, so that the loss is found and
 * told as a gap. Each isolate knows its peers (hello, beats, bye) and an ask waits for all of them.
 *
 * Cost with N isolates, batched with whatever else is sent within 2 ms: `publish` and `tell` one post
 * that N-1 read; `ask` one post and N-1 answers, N(N-1) readings; `subscribe` and its end none.
 * Besides, a beat an isolate every 5 s.
 */
export class BroadcastChannelBus implements Bus {
  readonly id: string;
  readonly #channel: BroadcastChannel;
  readonly #clock: Clock;
  readonly #listeners = new Listeners();
  readonly #asks: Asks;
  readonly #peers = new Peers();
  readonly #outbox: Outbox<Item>;
  readonly #beat: Timer;
  #tail: Timer | undefined;
  #gap: Timer | undefined;
  #seq = 0;
  #state: "opening" | "open" | "closed" = "opening";

  private constructor({ name, id, clock = systemClock }: BroadcastChannelBusOptions) {
    this.id = id ?? crypto.randomUUID();
    this.#clock = clock;
    this.#asks = new Asks(clock);
    this.#outbox = new Outbox<Item>(clock, (items) => this.#postBatch(items));
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#receive(data as Note);
    this.#beat = clock.every(BEAT_INTERVAL_MS, () => this.#onBeat());
  }

  /** Joins the bus. Resolves when those who are there have had time to greet. */
  static async open(options: BroadcastChannelBusOptions): Promise<BroadcastChannelBus> {
    const bus = new BroadcastChannelBus(options);
    bus.#say("hello");
    await sleep(bus.#clock, SETTLE_MS);
    if (bus.#state === "opening") bus.#state = "open";
    return bus;
  }

  publish(topic: string, payload: string): Promise<void> {
    return this.#send({ kind: "publish", topic, payload }, payload.length);
  }

  async ask(topic: string, payload: string, timeoutMs: number): Promise<Answers> {
    const peers = this.#peers.ids;
    const { n, answers } = this.#asks.start(timeoutMs);
    try {
      await this.#send({ kind: "ask", topic, payload, n }, payload.length);
    } catch (error) {
      this.#asks.cancel(n);
      throw error;
    }
    this.#asks.expect(n, (heard) => peers.isSubsetOf(heard));
    return await answers;
  }

  async tell(isolate: string, topic: string, payload: string): Promise<boolean> {
    await this.#send({ kind: "tell", to: isolate, topic, payload }, payload.length);
    return isolate === this.id || this.#peers.has(isolate);
  }

  subscribe(topic: string, handler: TopicHandler): Subscription {
    return this.#listeners.subscribe(topic, handler, () => this.check());
  }

  onGap(handler: () => void): Disposable {
    return this.#listeners.onGap(handler);
  }

  /** The channel is memory of this process: there is nothing to wait for. */
  check(_timeoutMs?: number): Promise<void> {
    return this.#state === "closed" ? Promise.reject(closed()) : Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "closed") return;
    this.#outbox.flush();
    this.#say("bye");
    this.#state = "closed";
    for (const timer of [this.#beat, this.#tail, this.#gap]) timer?.[Symbol.dispose]();
    this.#asks[Symbol.dispose]();
    this.#listeners.clear();
    await closeAfterPosts(this.#channel);
  }

  #send(item: Item, chars: number): Promise<void> {
    if (this.#state === "closed") return Promise.reject(closed());
    this.#outbox.add(item, chars);
    return Promise.resolve();
  }

  #postBatch(items: Item[]): void {
    if (this.#state === "closed") return;
    this.#post({ kind: "batch", from: this.id, seq: ++this.#seq, items });
    // The channel does not bring an isolate what it posted itself.
    for (const item of items) {
      if (item.kind !== "tell" || item.to !== this.id) continue;
      queueMicrotask(() => this.#take(item, this.id));
    }
    this.#tail ??= this.#clock.after(TAIL_MS, () => {
      this.#tail = undefined;
      this.#say("beat");
    });
  }

  #say(kind: "hello" | "here" | "beat" | "bye"): void {
    this.#post({ kind, from: this.id, seq: this.#seq });
  }

  #post(note: Note): void {
    this.#channel.postMessage(note);
  }

  #onBeat(): void {
    this.#say("beat");
    for (const id of this.#peers.beat(MAX_SILENT_BEATS)) this.#asks.lose(id, "silent");
  }

  #receive(note: Note): void {
    if (this.#state === "closed") return;
    switch (note.kind) {
      case "hello":
        // A newcomer has sent nothing yet, and one that greets again says where it stands.
        if (this.#peers.heard(note.from, note.seq) === "gap") this.#onLoss();
        this.#say("here");
        break;
      case "here":
      case "beat":
        this.#follow(this.#peers.heard(note.from, note.seq));
        break;
      case "bye":
        this.#lose(note.from);
        break;
      case "gone":
        this.#lose(note.id);
        break;
      case "batch":
        this.#follow(this.#peers.batch(note.from, note.seq));
        for (const item of note.items) this.#take(item, note.from);
    }
  }

  /** A stranger that never said hello was dropped as silent, or its hello was lost. */
  #follow(continuity: "whole" | "gap" | "stranger"): void {
    if (continuity === "whole") return;
    if (continuity === "stranger" && this.#state === "opening") return;
    this.#onLoss();
  }

  #lose(id: string): void {
    this.#peers.delete(id);
    this.#asks.lose(id, "gone");
  }

  #onLoss(): void {
    this.#gap ??= this.#clock.after(GAP_SETTLE_MS, () => {
      this.#gap = undefined;
      this.#listeners.gap();
    });
  }

  #take(item: Item, from: string): void {
    switch (item.kind) {
      case "publish":
        this.#listeners.hand(item.topic, item.payload, from);
        break;
      case "tell":
        if (item.to === this.id) this.#listeners.hand(item.topic, item.payload, from);
        break;
      case "ask":
        this.#reply(item, from);
        break;
      case "answer":
        if (item.to === this.id) this.#asks.answer(item.n, from, item.payload);
        break;
      case "absent":
        if (item.to === this.id) this.#asks.absent(item.n, from);
    }
  }

  #reply({ topic, payload, n }: Item & { kind: "ask" }, from: string): void {
    if (!this.#listeners.has(topic)) {
      this.#outbox.add({ kind: "absent", to: from, n }, 0);
      return;
    }
    const answer = this.#listeners.hand(topic, payload, from);
    if (this.#state === "closed") return;
    this.#outbox.add({ kind: "answer", to: from, n, payload: answer }, answer?.length ?? 0);
  }
}

/**
 * Tells the bus `name` that isolate `id` is dead, so that nobody waits for it: for a supervisor
 * whose worker ended without a word.
 */
export async function announceGone(name: string, id: string): Promise<void> {
  const channel = new BroadcastChannel(name);
  channel.postMessage({ kind: "gone", id } satisfies Note);
  await closeAfterPosts(channel);
}

/** A channel hands a post to other isolates a moment later, and drops it when closed meanwhile. */
async function closeAfterPosts(channel: BroadcastChannel): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  channel.close();
}

function closed(): BusError {
  return new BusError("Cannot use the bus: it is closed");
}
