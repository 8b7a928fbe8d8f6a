import type { Clock } from "../time/clock.ts";
import type { Item, StreamMessage } from "./wire.ts";

/** Events of one message. */
const MAX_ITEMS = 256;
/** Messages that the bus has not taken yet. More of them are lost, and everybody is told. */
const MAX_UNDER_WAY = 256;
/** How long events wait for others to go with them. */
const GATHER_MS = 5;

export interface OutboxOptions {
  readonly clock: Clock;
  readonly send: (message: StreamMessage) => Promise<void>;
  readonly sent: () => void;
  readonly failed: (error: unknown) => void;
}

/** Gathers events into numbered messages. Who hears them finds by the numbers what is missing. */
export class Outbox implements Disposable {
  readonly #options: OutboxOptions;
  #items: Item[] = [];
  #timer: Disposable | undefined;
  #underWay = 0;
  #seq = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Messages so far. */
  get seq(): number {
    return this.#seq;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length >= MAX_ITEMS) return this.#flush();
    this.#timer ??= this.#options.clock.after(GATHER_MS, () => this.#flush());
  }

  /** The next message, for who sends it in another way; what was gathered before goes first. */
  message(items: readonly Item[]): StreamMessage {
    this.#flush();
    return { seq: ++this.#seq, items };
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#items = [];
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#items.length === 0) return;
    const message = { seq: ++this.#seq, items: this.#items };
    this.#items = [];
    const { send, sent, failed } = this.#options;
    // Its number is used up, so the loss shows.
    if (this.#underWay >= MAX_UNDER_WAY) return failed(new RangeError("too much is under way"));
    this.#underWay++;
    send(message).then(sent, failed).finally(() => this.#underWay--);
  }
}
