import { BoundedMap } from "../../base/bounded_map.ts";
import type { Timer } from "../../time/clock.ts";
import { Fresh } from "../../base/fresh.ts";
import type { Desk } from "./desk.ts";
import type { ConferenceStreamEvent, WaitingChanged } from "./events.ts";

const PREFIX = "waiting/";
/** Changes that come together are counted together. */
const GATHER_MS = 20;
/** So often it is looked for conferences of which nobody has said anything for a while... */
const TICK_MS = 1_000;
/** ...for so long; and up to so much longer, so that not all isolates ask at the same moment. */
const QUIET_MS = 15_000;
const SPREAD_MS = 10_000;
/** How soon it is looked again when the store is away, or an isolate did not answer. */
const AGAIN_MS = 1_000;
/** Conferences of which the last number is remembered, and that are looked at at a time. */
const MAX_KNOWN = 10_000;

interface Known {
  readonly visitors: number;
  /** When the number is looked at again though nothing happened here, by the clock. */
  readonly due: number;
}

/**
 * Says how many wait for a conference when that has changed: over all isolates at most once an
 * interval, and the last number always. Who takes the conference's place in the store counts.
 */
export class WaitingNews implements Disposable {
  readonly #desk: Desk;
  readonly #intervalMs: number;
  readonly #known = new BoundedMap<string, Known>(MAX_KNOWN);
  /** When conferences are looked at. */
  readonly #timers = new Map<string, Timer>();
  readonly #looks = new Fresh((key: string) => this.#look(key));
  readonly #tick: Timer;

  constructor(desk: Desk, intervalMs: number) {
    this.#desk = desk;
    this.#intervalMs = intervalMs;
    this.#tick = desk.options.clock.every(TICK_MS, () => this.#lookForQuiet());
  }

  /** Somebody came or went. */
  changed(key: string): void {
    this.#lookIn(key, GATHER_MS);
  }

  /** Hears what any isolate has published. */
  hear(event: ConferenceStreamEvent): void {
    if (event.type === "waiting-changed") this.#note(event.conference, event.visitorsWaiting);
  }

  [Symbol.dispose](): void {
    this.#tick[Symbol.dispose]();
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }

  #note(key: string, visitors: number): void {
    const { clock } = this.#desk.options;
    if (visitors === 0) return this.#known.delete(key);
    this.#known.set(key, { visitors, due: clock.now() + QUIET_MS + Math.random() * SPREAD_MS });
  }

  #lookIn(key: string, ms: number): void {
    if (this.#timers.has(key) || this.#timers.size >= MAX_KNOWN) return;
    const timer = this.#desk.options.clock.after(ms, () => {
      this.#timers.delete(key);
      this.#looks.ask(key).catch((error) => {
        this.#desk.background(`count who waits for ${key}`, Promise.reject(error));
        this.#lookIn(key, AGAIN_MS);
      });
    });
    this.#timers.set(key, timer);
  }

  /** The visitors of an isolate that has died leave without a word. */
  #lookForQuiet(): void {
    const now = this.#desk.options.clock.now();
    for (const [key, { due }] of this.#known.entries()) if (due <= now) this.#lookIn(key, 0);
  }

  async #look(key: string): Promise<void> {
    const { clock, queue, store } = this.#desk.options;
    const place = PREFIX + key;
    const version = await store.set(place, String(clock.wall()), {
      ifVersion: null,
      ttlMs: this.#intervalMs,
    });
    if (version === undefined) {
      const [taken] = await store.get([place]);
      return this.#lookIn(key, this.#leftOf(taken?.value));
    }
    const { visitors, complete } = await queue.count(key);
    const last = this.#known.get(key)?.visitors ?? 0;
    this.#note(key, visitors);
    if (visitors === last) {
      // Nothing was said, so the next change need not wait.
      await store.delete(place, { ifVersion: version });
    } else {
      this.#desk.publish(this.#desk.stamp<WaitingChanged>({
        type: "waiting-changed",
        conference: key,
        visitorsWaiting: visitors,
      }));
    }
    if (!complete) this.#lookIn(key, Math.max(AGAIN_MS, this.#intervalMs));
  }

  /** How long somebody else's place lasts, as far as its clock agrees with ours. */
  #leftOf(since: string | undefined): number {
    const left = Number(since) + this.#intervalMs - this.#desk.options.clock.wall();
    return Math.min(Math.max(left || 0, GATHER_MS), this.#intervalMs) + GATHER_MS;
  }
}
