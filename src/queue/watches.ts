import type { Clock, Timer } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Conference } from "./conference.ts";
import type { Counts } from "./counts.ts";
import type { Watch } from "./place.ts";

/** The first number does not wait for longer. */
const SETTLE_MS = 20;
/** How soon the number is looked at again when an isolate did not answer. */
const RECHECK_MS = 5_000;

const logger = getLogger("queue");

/** Tells moderators the count: at once, then at most once an interval and only when it changed. */
export class Watches implements Disposable {
  readonly #watched = new Set<Conference>();
  readonly #settling = new Set<Timer>();
  #timer: Timer | undefined;

  constructor(
    readonly counts: Counts,
    readonly clock: Clock,
    readonly intervalMs: number,
  ) {}

  /**
   * Sends `watch` the number once `joined` has settled, or soon, so that isolates to which somebody came just
   * before have joined the topic as well and are asked: a wrong number would stand for an interval.
   * Takes it in for later ones.
   */
  add(conference: Conference, watch: Watch, joined?: Promise<void>): void {
    this.#watched.add(conference);
    // What is due is found a tick late at most, so that the interval hardly grows.
    const tickMs = Math.min(Math.max(this.intervalMs / 60, 10), 1_000);
    this.#timer ??= this.clock.every(tickMs, () => this.#tick());
    if (!joined) return void this.#update(conference, [watch]);
    // Not due before.
    watch.nextCheck = Infinity;
    const update = () => {
      if (!this.#settling.delete(timer)) return;
      timer[Symbol.dispose]();
      if (!watch.ended) void this.#update(conference, [watch]);
    };
    const timer = this.clock.after(SETTLE_MS, update);
    this.#settling.add(timer);
    joined.then(update, update);
  }

  [Symbol.dispose](): void {
    this.#watched.clear();
    for (const timer of this.#settling) timer[Symbol.dispose]();
    this.#settling.clear();
    this.#rest();
  }

  #tick(): void {
    const now = this.clock.now();
    for (const conference of this.#watched) {
      if (conference.watches.size === 0) this.#watched.delete(conference);
      const due = [...conference.watches].filter((watch) => watch.nextCheck <= now);
      if (due.length > 0) void this.#update(conference, due);
    }
    if (this.#watched.size === 0) this.#rest();
  }

  async #update(conference: Conference, watches: readonly Watch[]): Promise<void> {
    // Not due again while the isolates are being asked.
    for (const watch of watches) watch.nextCheck = Infinity;
    const { visitors, complete } = await this.counts.count(conference.key);
    const now = this.clock.now();
    for (const watch of watches) {
      // Or the visitors of an isolate that is gone count for another whole interval. But once: a
      // carrier that is too busy for the answers would be kept so by more questions.
      const soon = !complete && !watch.incomplete;
      watch.incomplete = !complete;
      watch.nextCheck = now + (soon ? Math.min(this.intervalMs, RECHECK_MS) : this.intervalMs);
      if (watch.ended || watch.lastSent === visitors) continue;
      watch.nextCheck = now + this.intervalMs;
      watch.lastSent = visitors;
      this.#notify(conference, watch, visitors);
    }
  }

  #notify(conference: Conference, watch: Watch, visitorsWaiting: number): void {
    try {
      watch.subscriber.notify({
        type: "visitors-waiting",
        audience: "moderators",
        conference: conference.key,
        visitorsWaiting,
      });
    } catch (error) {
      logger.error("Cannot tell a moderator of {conference} the count: {error}", {
        conference: conference.key,
        error,
      });
    }
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
