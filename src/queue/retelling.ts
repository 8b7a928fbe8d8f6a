import type { Bus } from "../bus/bus.ts";
import type { Clock, Timer } from "../time/clock.ts";
import type { Known } from "./live_record.ts";
import { CONFERENCES } from "./messages.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";

/** How soon a go-live or an end is told again that not everybody has answered; then twice as late. */
const FIRST_MS = 500;
const LAST_MS = 8_000;
/** How often, where somebody is silent; the first half a minute. */
const MAX_SILENT = 7;
/** The most that are told again; who misses more finds it in the store. */
const MAX_UNTOLD = 10_000;
/** How long other isolates have to answer. */
const ANSWER_MS = 500;

interface Untold {
  readonly known: Known;
  readonly timer: Timer;
}

/**
 * Tells again what others have not heard: where the bus is away for this isolate alone, the others
 * do not know that they missed anything; and one of them may have been deaf.
 */
export class Retelling implements Disposable {
  readonly #untold = new Map<string, Untold>();
  #disposed = false;

  constructor(readonly bus: Bus, readonly clock: Clock) {}

  /** Not everybody has heard of `known`. */
  add(key: string, known: Known): void {
    this.#tellLater(key, known, { waitMs: FIRST_MS, silent: 0 });
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { timer } of this.#untold.values()) timer[Symbol.dispose]();
    this.#untold.clear();
  }

  #tellLater(key: string, known: Known, pace: { waitMs: number; silent: number }): void {
    const untold = this.#untold.get(key);
    if (this.#disposed || (untold && untold.known.version > known.version)) return;
    if (!untold && this.#untold.size >= MAX_UNTOLD) return;
    untold?.timer[Symbol.dispose]();
    const timer = this.clock.after(pace.waitMs, () => void this.#tell(key, known, pace));
    this.#untold.set(key, { known, timer });
  }

  async #tell(key: string, known: Known, pace: { waitMs: number; silent: number }): Promise<void> {
    const { version, state, since, until } = known;
    const message = {
      type: "look",
      version,
      state,
      since,
      restMs: until - this.clock.now(),
      at: this.clock.wall(),
    } as const;
    let away = false;
    const { complete } = await CONFERENCES.of(key).ask(this.bus, message, ANSWER_MS)
      .catch((error) => {
        away = true;
        noteUnreachable(`tell others that ${key} is ${state}`, error);
        return NO_ANSWERS;
      });
    if (this.#untold.get(key)?.known !== known) return;
    this.#untold.delete(key);
    const silent = pace.silent + (away ? 0 : 1);
    const over = away ? until <= this.clock.now() : silent >= MAX_SILENT;
    if (complete || over) return;
    this.#tellLater(key, known, { waitMs: Math.min(2 * pace.waitMs, LAST_MS), silent });
  }
}
