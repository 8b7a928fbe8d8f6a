/**
 * Which isolates live, for participations that last as long as a connection does. Who holds some
 * says so in the store; who watches finds out when that stops.
 *
 * @module
 */

import { getLogger } from "../log/log.ts";
import type { Store } from "../store/store.ts";
import type { Clock, Timer } from "../time/clock.ts";
import type { Keys } from "./keys.ts";

/** How often a holder says that it lives, and others look. */
export const HOLD_EVERY_MS = 2_500;
/** How long its word lasts. */
const WORD_MS = 8_000;
/** A store that was away has lost the words of the living: they get the time to say it again. */
const MISSES = 2;

const logger = getLogger("rooms");

export interface HolderOptions {
  readonly keys: Keys;
  readonly store: Store;
  readonly clock: Clock;
  /** The isolate's own id. */
  readonly id: string;
  /** Is told once of each that is dead. */
  readonly dead: (holder: string) => void;
}

export class Holders implements Disposable {
  readonly #options: HolderOptions;
  readonly #watched = new Map<string, number>();
  #timer: Timer | undefined;
  #holding = false;

  constructor(options: HolderOptions) {
    this.#options = options;
  }

  /** This isolate holds participations from now on. Resolves once others can know. @throws {StoreError} */
  async hold(): Promise<void> {
    if (this.#holding) return;
    await this.#say();
    this.#holding = true;
    this.#start();
  }

  /** Participations depend on `holder`. */
  watch(holder: string): void {
    if (holder === this.#options.id || this.#watched.has(holder)) return;
    this.#watched.set(holder, 0);
    this.#start();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #start(): void {
    this.#timer ??= this.#options.clock.every(HOLD_EVERY_MS, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    try {
      if (this.#holding) await this.#say();
      await this.#look();
    } catch (error) {
      logger.debug("Cannot say or see which isolates live: {error}", { error: String(error) });
    }
  }

  async #say(): Promise<void> {
    const { store, keys, id } = this.#options;
    await store.set(keys.holder(id), "", { ttlMs: WORD_MS });
  }

  async #look(): Promise<void> {
    const { store, keys, dead } = this.#options;
    const holders = [...this.#watched.keys()];
    const words = await store.get(holders.map((holder) => keys.holder(holder)));
    for (const [i, holder] of holders.entries()) {
      const misses = words[i] ? 0 : this.#watched.get(holder)! + 1;
      this.#watched.set(holder, misses);
      if (misses < MISSES) continue;
      this.#watched.delete(holder);
      dead(holder);
    }
  }
}
