import { BoundedMap } from "../base/bounded_map.ts";
import { type Bus, BusError, type Subscription } from "../bus/bus.ts";
import { getLogger } from "../log/log.ts";
import type { Clock, Timer } from "../time/clock.ts";
import { Continuity } from "./continuity.ts";
import type { Step, StreamEvent } from "./event.ts";
import { Outbox } from "./outbox.ts";
import { type Item, type Standing, STREAM, type StreamMessage } from "./wire.ts";

/** How often it is looked whether the bus is there. */
const PROBE_MS = 1_000;
const PROBE_TIMEOUT_MS = 2_000;
/** How long the other isolates have to take an event in, or to say where they stand. */
const ANSWER_MS = 500;
/** How soon who said something says again how much that was, in case its last words were lost. */
const TAIL_MS = 1_000;
/** Steps of different isolates may cross each other on the way by so much. */
const CROSSING_MS = 2_000;
/** Rows of which the last step is remembered. */
const MAX_ROWS = 10_000;

/** Why a listener may have missed events: the bus is away, or was, or lost something. */
export type GapReason = "lost" | "missed";

/** Who serves the stream to others. Neither method may throw. */
export interface StreamListener {
  /** Each event that is published anywhere, in the order of its sender. Must not wait. */
  event(event: StreamEvent): void;
  /** Events may be missing from now on, or before this. */
  gap(reason: GapReason): void;
}

/** The bus cannot be reached: whether anybody has heard of the event is unknown. */
export class StreamUnavailableError extends Error {
  override readonly name = "StreamUnavailableError";
}

const logger = getLogger("stream");

/**
 * The events of all isolates, for whoever serves them. Who listens hears each event once, or is told
 * of a gap. While nobody serves it in this isolate there is no topic, no timer, and what is published
 * goes nowhere: the isolates of a service have the same doors.
 */
export class Stream implements Disposable {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #listeners = new Set<StreamListener>();
  readonly #continuity = new Continuity();
  readonly #steps = new BoundedMap<string, number>(MAX_ROWS);
  readonly #outbox: Outbox;
  #subscription: Subscription | undefined;
  #gaps: Disposable | undefined;
  #probe: Timer | undefined;
  #probing = false;
  #tail: Timer | undefined;
  #up = false;

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
    this.#outbox = new Outbox({
      clock,
      send: (message) => STREAM.publish(bus, message),
      sent: () => this.#tailLater(),
      failed: (error) => this.#failed(error),
    });
  }

  /** Whether somebody in this isolate serves it. */
  get serving(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether the bus is there, so that what others publish is heard. */
  get up(): boolean {
    return this.#up;
  }

  /** Hands `listener` all events from now on. Resolves once nothing is missed any more. */
  async serve(listener: StreamListener): Promise<Disposable> {
    this.#listeners.add(listener);
    if (!this.#subscription) await this.#open();
    return { [Symbol.dispose]: () => this.#leave(listener) };
  }

  /** Publishes to all isolates, this one too. Waits for nothing and fails never: a loss is a gap. */
  publish(event: StreamEvent, step?: Step): void {
    if (!this.serving) return;
    const item: Item = step ? { event, step } : { event };
    this.#outbox.add(item);
    this.#hand(item);
  }

  /**
   * Publishes, and resolves once every isolate has it: what is published after that, wherever, comes
   * after it everywhere. An isolate that does not answer is not waited for long.
   *
   * @throws {StreamUnavailableError}
   */
  async send(event: StreamEvent): Promise<void> {
    const item = { event };
    try {
      await STREAM.ask(this.#bus, this.#outbox.message([item]), ANSWER_MS);
    } catch (cause) {
      if (!(cause instanceof BusError)) throw cause;
      this.#failed(cause);
      throw new StreamUnavailableError("Cannot reach the bus", { cause });
    }
    this.#tailLater();
    this.#hand(item);
  }

  [Symbol.dispose](): void {
    this.#listeners.clear();
    this.#close();
  }

  async #open(): Promise<void> {
    this.#gaps = this.#bus.onGap(() => void this.#missed());
    this.#subscription = STREAM.subscribe(this.#bus, (message, from) => this.#take(message, from));
    this.#probe = this.#clock.every(PROBE_MS, () => void this.#look());
    await this.#subscription.ready.catch((error) => this.#failed(error));
    await this.#settle();
    await this.#look();
  }

  #leave(listener: StreamListener): void {
    this.#listeners.delete(listener);
    if (!this.serving) this.#close();
  }

  #close(): void {
    for (const each of [this.#subscription, this.#gaps, this.#probe, this.#tail, this.#outbox]) {
      each?.[Symbol.dispose]();
    }
    this.#subscription = undefined;
    this.#up = false;
  }

  #take(message: StreamMessage, from: string): Standing {
    const found = this.#continuity.take(from, message);
    if (found === "gap") this.#tellGap("missed");
    if (found !== "known") { for (const item of message.items) this.#hand(item); }
    return { seq: this.#outbox.seq };
  }

  #hand({ event, step }: Item): void {
    if (step) {
      const known = this.#steps.get(step.row) ?? 0;
      if (step.n <= known) return;
      this.#steps.set(step.row, step.n);
      if (step.before && step.before.n > known && this.#isDue(step.before.event, event, known)) {
        this.#tell(step.before.event);
      }
    }
    this.#tell(event);
  }

  /** Of a row that is new here, what came long before this step was before its time. */
  #isDue(before: StreamEvent, event: StreamEvent, known: number): boolean {
    return known > 0 || event.at - before.at < CROSSING_MS;
  }

  #tell(event: StreamEvent): void {
    for (const listener of this.#listeners) listener.event(event);
  }

  #tellGap(reason: GapReason): void {
    logger.warn("Events may have been missed: {reason}", { reason });
    for (const listener of this.#listeners) listener.gap(reason);
  }

  /** The bus stands again. */
  async #missed(): Promise<void> {
    this.#continuity.forget();
    this.#tellGap("missed");
    this.#sayWhereWeStand();
    await this.#settle();
    await this.#look();
  }

  /** Asks the others where they stand: whatever they say after that must be without a hole. */
  async #settle(): Promise<void> {
    const message = { seq: this.#outbox.seq, items: [] };
    const standings = await STREAM.ask(this.#bus, message, ANSWER_MS).catch(() => undefined);
    if (!standings) return;
    for (const [id, { seq }] of standings.answers) this.#continuity.standsAt(id, seq);
    if (standings.complete) this.#continuity.settle();
  }

  async #look(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    try {
      await this.#bus.check(PROBE_TIMEOUT_MS);
      this.#up = this.#subscription !== undefined;
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#probing = false;
    }
  }

  /** The bus is away, or something that was said did not get through. */
  #failed(error: unknown): void {
    logger.debug("The bus of the stream cannot be reached: {error}", { error });
    if (this.#up) {
      this.#up = false;
      this.#tellGap("lost");
    }
    this.#tailLater();
  }

  #tailLater(): void {
    if (!this.#subscription) return;
    this.#tail ??= this.#clock.after(TAIL_MS, () => {
      this.#tail = undefined;
      this.#sayWhereWeStand();
    });
  }

  /** Until it gets through: the others learn from it whether something of ours was lost. */
  #sayWhereWeStand(): void {
    if (!this.#subscription || this.#outbox.seq === 0) return;
    STREAM.publish(this.#bus, { seq: this.#outbox.seq, items: [] })
      .catch(() => this.#tailLater());
  }
}
