import { BoundedMap } from "../../base/bounded_map.ts";
import type { Timer } from "../../time/clock.ts";
import { Fresh } from "../../base/fresh.ts";
import type { Desk } from "./desk.ts";
import type { ConferenceStreamEvent, ConferenceTurned, EndReason } from "./events.ts";

const PREFIX = "turn/";
/** How often it is looked for conferences whose time has run out, and so many more are added... */
const TICK_MS = 500;
/** ...at random, so that not all isolates look at the same moment. */
const SPREAD_MS = 1_500;
/** How often turns are looked for that this isolate has not heard of. */
const SWEEP_MS = 60_000;
/** And first so soon, when the other isolates of a process that starts are there as well. */
const FIRST_SWEEP_MS = 1_000;
/** Live conferences that one isolate keeps an eye on. */
const MAX_WATCHED = 10_000;
/** Keys that one read takes. */
const READ_BATCH = 500;
/** How long it is remembered that a conference has ended, and the longest that one may be live. */
const ENDED_TTL_MS = 3_600_000;
const LIVE_TTL_MS = 30 * 24 * 3_600_000;
/** After so many lost races something is wrong. */
const MAX_TRIES = 8;
/** How soon it is tried again when the store is away, and for how long. */
const RETRY_MS = 1_000;
const MAX_RETRIES = 60;

/** The last turn of a conference, as the store keeps it. */
interface Turn {
  readonly n: number;
  readonly event: ConferenceTurned;
}

/**
 * Says once over all isolates when a conference turns live, and when it ends. Whoever notices that
 * the last turn in the store does not fit the live state writes the next one, by compare-and-set;
 * who wrote it publishes it.
 */
export class Turns implements Disposable {
  readonly #desk: Desk;
  /** When it is looked whether the conference is still live, by the clock. */
  readonly #due = new BoundedMap<string, number>(MAX_WATCHED);
  readonly #settled = new Fresh((key: string) => this.#settle(key));
  readonly #timers: Timer[];
  readonly #retries = new Map<string, { timer: Timer; left: number }>();
  /** Conferences that were taken back here, so that their end has that reason. */
  readonly #ended = new BoundedMap<string, EndReason>(MAX_WATCHED);
  #disposed = false;

  constructor(desk: Desk) {
    const { clock } = desk.options;
    this.#desk = desk;
    this.#timers = [
      clock.after(FIRST_SWEEP_MS, () => desk.background("look for turns", this.sweep())),
      clock.every(TICK_MS, () => this.#tick()),
      clock.every(SWEEP_MS, () => desk.background("look for turns", this.sweep())),
    ];
  }

  /** The live state of `key` may have changed; `ended`: it was taken back just now. */
  changed(key: string, ended?: EndReason): void {
    if (this.#disposed) return;
    if (ended) this.#ended.set(key, ended);
    this.#settled.ask(key).catch((error) => this.#again(key, error));
  }

  /** Hears what any isolate has published. */
  hear(event: ConferenceStreamEvent): void {
    if (event.type !== "conference-turned") return;
    if (event.status === "live") this.#watch(event.conference, event.forMs ?? 0);
    else this.#due.delete(event.conference);
  }

  /** Finds the turns that this isolate has not heard of. @throws {StoreError} */
  async sweep(): Promise<void> {
    const { store } = this.#desk.options;
    const keys = await store.keys(PREFIX, MAX_WATCHED);
    const unknown = keys.map((key) => key.slice(PREFIX.length))
      .filter((key) => this.#due.get(key) === undefined);
    for (let i = 0; i < unknown.length; i += READ_BATCH) {
      const batch = unknown.slice(i, i + READ_BATCH);
      const entries = await store.get(batch.map((key) => PREFIX + key));
      batch.forEach((key, j) => {
        if (parseTurn(entries[j]?.value)?.event.status === "live") this.changed(key);
      });
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const timer of this.#timers) timer[Symbol.dispose]();
    for (const { timer } of this.#retries.values()) timer[Symbol.dispose]();
  }

  #tick(): void {
    const now = this.#desk.options.clock.now();
    for (const [key, due] of this.#due.entries()) {
      if (due > now) continue;
      this.#due.delete(key);
      this.changed(key);
    }
  }

  #watch(key: string, forMs: number): void {
    const { clock } = this.#desk.options;
    this.#due.set(key, clock.now() + forMs + Math.random() * SPREAD_MS);
  }

  #again(key: string, error: unknown): void {
    const left = this.#retries.get(key)?.left ?? MAX_RETRIES;
    this.#retries.get(key)?.timer[Symbol.dispose]();
    this.#retries.delete(key);
    if (this.#disposed || left === 0 || this.#retries.size >= MAX_WATCHED) {
      return this.#desk.background(`say whether ${key} is live`, Promise.reject(error));
    }
    const timer = this.#desk.options.clock.after(RETRY_MS, () => {
      this.#settled.ask(key).then(() => this.#retries.delete(key), (error) => {
        this.#again(key, error);
      });
    });
    this.#retries.set(key, { timer, left: left - 1 });
  }

  /** Writes turns until the last one fits the live state. @throws {StoreError} */
  async #settle(key: string): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (await this.#step(key)) return;
    }
  }

  /** True when there is nothing left to say. */
  async #step(key: string): Promise<boolean> {
    const { clock, queue, store } = this.#desk.options;
    const [entry] = await store.get([PREFIX + key]);
    const [live] = await queue.live([key]);
    const last = parseTurn(entry?.value);
    const forMs = live ? Math.max(0, live.until - clock.now()) : 0;
    const wasLive = last?.event.status === "live";
    if (live && wasLive && last.event.liveSince === live.since) {
      this.#watch(key, forMs);
      return true;
    }
    if (!live && !wasLive) {
      this.#ended.delete(key);
      return true;
    }
    const ends = wasLive;
    const reason: EndReason = this.#ended.get(key) ?? "expired";
    const { visitors } = await queue.count(key);
    const event = this.#desk.stamp<ConferenceTurned>({
      type: "conference-turned",
      conference: key,
      status: ends ? "ended" : "live",
      liveSince: ends ? last.event.liveSince : live!.since,
      visitorsWaiting: visitors,
      ...(ends ? { reason } : { forMs }),
    });
    const n = Math.max((last?.n ?? 0) + 1, clock.wall());
    const version = await store.set(PREFIX + key, JSON.stringify({ n, event }), {
      ifVersion: entry?.version ?? null,
      ttlMs: ends ? ENDED_TTL_MS : LIVE_TTL_MS,
    });
    if (version === undefined) return false;
    this.#ended.delete(key);
    this.#desk.publish(event, { row: key, n, ...(last && { before: last }) });
    return false;
  }
}

function parseTurn(text: string | undefined): Turn | undefined {
  if (text === undefined) return undefined;
  try {
    const turn = JSON.parse(text);
    return Number.isSafeInteger(turn?.n) && turn.event?.type === "conference-turned"
      ? turn
      : undefined;
  } catch {
    return undefined;
  }
}
