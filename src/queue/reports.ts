import type { Bus } from "../bus/bus.ts";
import type { Clock, Timer } from "../clock.ts";
import type { Conference } from "./conference.ts";
import { encode, type Message, topicOf } from "./messages.ts";

/** How often an isolate says how many late visitors it has, while it has any. */
const LATE_MS = 1_000;
/** Changes of a tally within this time are said as one. */
const TALLY_MS = 20;

/** What this isolate says of its conferences unasked. A report that is lost is followed by another. */
export class Reports implements Disposable {
  readonly #late = new Set<Conference>();
  readonly #tallies = new Set<Conference>();
  #lateTimer: Timer | undefined;
  #tallyTimer: Timer | undefined;

  constructor(readonly bus: Bus, readonly clock: Clock) {}

  /** `conference` may have late visitors: the others leave them their share of the rate. */
  late(conference: Conference): void {
    if (conference.options.intervalMs === 0 || conference.release.late === 0) return;
    if (this.#late.has(conference)) return;
    this.#late.add(conference);
    this.#lateTimer ??= this.clock.every(LATE_MS, () => this.#sayLate());
    this.#say(conference, lateOf(conference));
  }

  /** The number of visitors or moderators of `conference` changed. */
  tally(conference: Conference): void {
    this.#tallies.add(conference);
    this.#tallyTimer ??= this.clock.after(TALLY_MS, () => this.#sayTallies());
  }

  [Symbol.dispose](): void {
    this.#lateTimer?.[Symbol.dispose]();
    this.#tallyTimer?.[Symbol.dispose]();
    this.#late.clear();
    this.#tallies.clear();
  }

  #sayLate(): void {
    for (const conference of this.#late) {
      // The last report says that none are left, so that the others need not wait for its end.
      if (conference.release.late === 0) this.#late.delete(conference);
      this.#say(conference, lateOf(conference));
    }
    if (this.#late.size > 0) return;
    this.#lateTimer?.[Symbol.dispose]();
    this.#lateTimer = undefined;
  }

  #sayTallies(): void {
    this.#tallyTimer = undefined;
    for (const conference of this.#tallies) {
      const { waiting: visitors, watches } = conference;
      this.#say(conference, { type: "tally", visitors, moderators: watches.size });
    }
    this.#tallies.clear();
  }

  #say(conference: Conference, message: Message): void {
    this.bus.publish(topicOf(conference.key), encode(message)).catch(() => {});
  }
}

function lateOf(conference: Conference): Message {
  return { type: "late", visitors: conference.release.late };
}
