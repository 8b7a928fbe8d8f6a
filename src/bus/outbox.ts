import type { Clock, Timer } from "../time/clock.ts";

/** A batch is posted at once when it holds this many characters. */
const MAX_BATCH_CHARS = 256 * 1024;

/** Posts of one isolate are at least this far apart, unless a batch is full. */
const MIN_POST_INTERVAL_MS = 2;

/**
 * Gathers what an isolate sends into few posts. A BroadcastChannel keeps 256 posts for a receiver
 * that is busy, counted over all senders, and drops the oldest without a word; a batch counts as
 * one. The first item after a pause leaves at the end of the current turn.
 */
export class Outbox<Item> implements Disposable {
  readonly #clock: Clock;
  readonly #post: (items: Item[]) => void;
  #items: Item[] = [];
  #chars = 0;
  #scheduled = false;
  #timer: Timer | undefined;
  #lastPost = -Infinity;

  constructor(clock: Clock, post: (items: Item[]) => void) {
    this.#clock = clock;
    this.#post = post;
  }

  /** Adds an item of about `chars` characters. */
  add(item: Item, chars: number): void {
    this.#items.push(item);
    this.#chars += chars;
    if (this.#chars >= MAX_BATCH_CHARS) this.flush();
    else this.#schedule();
  }

  /** Posts what is there. */
  flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#scheduled = false;
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#chars = 0;
    this.#lastPost = this.#clock.now();
    this.#post(items);
  }

  [Symbol.dispose](): void {
    this.flush();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = this.#lastPost + MIN_POST_INTERVAL_MS - this.#clock.now();
    if (wait > 0) this.#timer = this.#clock.after(wait, () => this.flush());
    else queueMicrotask(() => this.flush());
  }
}
