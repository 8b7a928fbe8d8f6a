import type { Bus } from "../bus/bus.ts";
import type { Clock, Timer } from "../time/clock.ts";
import type { Conference } from "./conference.ts";
import { CONFERENCES } from "./messages.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";

/** While a release runs something is heard of it this often: whoever has heard nothing asks. */
const PULSE_MS = 2_000;
/** Isolates that could ask at the same moment wait for a random part of this first. */
const SPREAD_MS = 300;
/** How long other isolates have to answer. */
const ANSWER_MS = 500;

export interface PulseOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** An isolate that has somebody to tell is gone, or stands still. */
  readonly missed: (conference: Conference) => void;
  /** Nothing is heard of anybody: whether it is live still, the store has to say. */
  readonly deaf: (conference: Conference) => void;
}

/**
 * Looks after releases that last: the moments of an isolate that has died would stay empty, and one
 * that hears nothing would not hear of the end.
 */
export class Pulse implements Disposable {
  readonly #timers = new Map<Conference, Timer>();
  #disposed = false;

  constructor(readonly options: PulseOptions) {}

  /** A plan for `conference` has come. */
  watch(conference: Conference): void {
    if (this.#disposed || this.#timers.has(conference) || !lasts(conference, this.#now)) return;
    this.#wait(conference, PULSE_MS);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }

  get #now(): number {
    return this.options.clock.now();
  }

  #wait(conference: Conference, ms: number): void {
    if (this.#disposed) return;
    const { clock, random } = this.options;
    const wait = Math.max(0, ms) + random() * SPREAD_MS;
    this.#timers.set(conference, clock.after(wait, () => void this.#look(conference)));
  }

  async #look(conference: Conference): Promise<void> {
    if (conference.line.release.done) {
      this.#timers.delete(conference);
      return;
    }
    const quietMs = this.#now - conference.heardAt;
    if (quietMs >= PULSE_MS) await this.#ask(conference);
    this.#wait(conference, quietMs < PULSE_MS ? PULSE_MS - quietMs : PULSE_MS);
  }

  async #ask(conference: Conference): Promise<void> {
    const { bus, missed, deaf } = this.options;
    const { key, line } = conference;
    conference.heardAt = this.#now;
    if (line.tellingElsewhere(bus.id, this.#now).length === 0) return deaf(conference);
    const { answers } = await CONFERENCES.of(key).ask(bus, { type: "count" }, ANSWER_MS)
      .catch((error) => {
        noteUnreachable(`ask who releases ${key}`, error);
        return NO_ANSWERS;
      });
    if (answers.size === 0) deaf(conference);
    // Who was done meanwhile may have gone.
    const telling = line.tellingElsewhere(bus.id, this.#now);
    if (telling.some((id) => !answers.has(id))) missed(conference);
  }
}

/** A release that is over by then needs no looking after. */
function lasts({ line: { release } }: Conference, now: number): boolean {
  return (release.lastAt ?? now) > now + PULSE_MS;
}
