import type { Clock, Timer } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Known } from "./live_record.ts";
import type { LiveState } from "./live_state.ts";

/** Records of go-lives and ends that an isolate remembers at most; the oldest is forgotten first. */
const MAX_KEPT = 10_000;
/** What was lost is written again within this time: all isolates find it at the same moment. */
const RESTORE_MS = 500;
/** What will be over so soon is not worth it. */
const LEAST_MS = 1_000;

const logger = getLogger("queue");

export interface KeeperOptions {
  readonly clock: Clock;
  readonly liveState: LiveState;
  /** What others may have looked for in vain is written again. */
  readonly restored: (key: string, known: Known) => void;
  /** At least 0, less than 1. */
  readonly random: () => number;
}

/**
 * Sees to it that what got its 200 stays in the store for its time: what a failover or a restart of
 * Redis has lost is written again by an isolate that knows of it.
 */
export class Keeper implements Disposable {
  /** What this isolate has answered with 200. */
  readonly #kept = new Map<string, Known>();
  readonly #restoring = new Map<string, Timer>();
  #disposed = false;

  constructor(readonly options: KeeperOptions) {}

  /** This isolate answers for `known` from now on, for as long as it lasts. */
  keep(key: string, known: Known): void {
    const kept = this.#kept.get(key);
    if (kept && kept.version > known.version) return;
    this.#kept.delete(key);
    this.#kept.set(key, known);
    if (this.#kept.size <= MAX_KEPT) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }

  /** What it answers for of `key`. */
  get(key: string): Known | undefined {
    const kept = this.#kept.get(key);
    return kept && kept.until > this.options.clock.now() ? kept : undefined;
  }

  /** Another isolate answers for something newer. */
  forget(key: string, version: number): void {
    const kept = this.#kept.get(key);
    if (!kept || kept.version >= version) return;
    this.#kept.delete(key);
    this.#restoring.get(key)?.[Symbol.dispose]();
    this.#restoring.delete(key);
  }

  /** Of what it answers for something. */
  keys(): string[] {
    const now = this.options.clock.now();
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key);
    return [...this.#kept.keys()];
  }

  /** Holds what it answers for against what the store has. */
  compare(key: string, stored: Known | undefined): void {
    const kept = this.get(key);
    if (!kept) return;
    if (stored && stored.version > kept.version) this.#kept.delete(key);
    else this.restore(key, kept, stored);
  }

  /** Writes `known` again a little later, where the store has something older, or nothing. */
  restore(key: string, known: Known, stored: Known | undefined): void {
    const { clock, random } = this.options;
    if (this.#disposed || this.#restoring.has(key) || !isLost(known, stored)) return;
    if (!known.sure || known.until - clock.now() < LEAST_MS) return;
    if (this.#restoring.size >= MAX_KEPT) return;
    const write = () => void this.#restore(key, known);
    this.#restoring.set(key, clock.after(random() * RESTORE_MS, write));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const timer of this.#restoring.values()) timer[Symbol.dispose]();
    this.#restoring.clear();
  }

  async #restore(key: string, known: Known): Promise<void> {
    try {
      const there = await this.options.liveState.restore(key, known);
      if (there === known) {
        logger.info("The store had lost that {conference} is {state}; it is written again", {
          conference: key,
          state: known.state,
        });
        this.options.restored(key, known);
      }
    } catch (error) {
      // The next look finds it again.
      logger.debug("Cannot write again what the store has lost: {error}", { error });
    } finally {
      this.#restoring.delete(key);
    }
  }
}

function isLost(known: Known, stored: Known | undefined): boolean {
  return !stored || stored.version < known.version;
}
