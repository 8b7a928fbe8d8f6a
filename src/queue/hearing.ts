import type { Clock } from "../time/clock.ts";
import type { Bound } from "./bound.ts";
import type { Conference } from "./conference.ts";
import type { Counts } from "./counts.ts";
import type { Directory } from "./directory.ts";
import type { Known } from "./live_record.ts";
import type { Message, Report } from "./messages.ts";
import type { Planner } from "./planner.ts";

/** A word of a go-live that was longer under way is held against the store before anyone is told. */
const FRESH_MS = 1_000;

export interface HearingOptions {
  readonly clock: Clock;
  readonly counts: Counts;
  readonly directory: Directory;
  readonly planner: Planner;
  readonly bound: Bound;
  /** How long a conference stays live after its last go-live. */
  readonly ttlMs: number;
}

/** What this isolate makes of what others say of a conference. */
export class Hearing {
  constructor(readonly options: HearingOptions) {}

  /** What is answered. */
  handle(conference: Conference, message: Message, from: string): Report | void {
    const now = this.options.clock.now();
    conference.heardAt = now;
    switch (message.type) {
      case "live":
        return this.#heardLive(conference, message, from);
      case "line":
        return this.#heardLine(conference, message, from);
      case "plan": {
        const ages = new Map(Object.entries(message.ages));
        const numbers = message.numbers && numbersOf(ages.keys(), message.numbers);
        return this.options.planner.follow(conference, { ...message, ages, numbers, from });
      }
      case "end":
        conference.hear(this.#ended(conference, message.version), now);
        return this.#own(conference);
      case "look":
        return this.#heardLook(conference, message);
      case "tally":
        this.options.counts.take(conference, from, message);
        return this.options.bound.heard(conference);
      case "count":
        return this.#own(conference);
    }
  }

  #heardLive(
    conference: Conference,
    { since, ttlMs, version, at }: Message & { type: "live" },
    from: string,
  ): Report {
    const { clock } = this.options;
    const now = clock.now();
    const ageMs = at === undefined ? 0 : clock.wall() - at;
    // An end may have overtaken one that was long under way. How long, the clocks need not know.
    const old = Math.abs(ageMs) > FRESH_MS;
    const known: Known = {
      version: version ?? (conference.version ?? 0) + 1,
      state: "live",
      since,
      until: now + ttlMs - (old && ageMs > 0 && ageMs < ttlMs ? ageMs : 0),
      sure: !old,
    };
    conference.hear(known, now, old);
    if (conference.doubtful) void this.options.directory.refresh(conference);
    // Unless an end that is newer has been heard. Of two go-lives the older one is answered too.
    if (conference.live(now)) return this.options.planner.report(conference, { from });
    return this.#doubt(conference);
  }

  /** Somebody believes that it is live. Where that is news, the store has the last word. */
  #heardLine(
    conference: Conference,
    { oldestMs, version, anew }: Message & { type: "line" },
    from: string,
  ): Report {
    if (!conference.released) return this.#doubt(conference);
    if (version !== undefined && version !== conference.version) {
      void this.options.directory.refresh(conference);
    }
    const oldest = this.options.clock.now() - oldestMs;
    return this.options.planner.report(conference, { from, oldest, anew });
  }

  /** Something that this isolate should have heard before: the store is asked first. */
  #heardLook(
    conference: Conference,
    { version, state, since, restMs, at }: Message & { type: "look" },
  ): Report {
    const { clock } = this.options;
    const now = clock.now();
    // How long it lasts still says only one that comes at once.
    const sure = Math.abs(clock.wall() - at) <= FRESH_MS;
    const known: Known = { version, state, since, until: now + restMs, sure };
    if (version === conference.version) conference.discover(known, now);
    else if (conference.hear(known, now, true)) void this.options.directory.refresh(conference);
    return this.#own(conference);
  }

  #ended(conference: Conference, version: number | undefined): Known {
    const { clock, ttlMs } = this.options;
    return {
      version: version ?? (conference.version ?? 0) + 1,
      state: "ended",
      since: clock.wall(),
      until: clock.now() + ttlMs,
      sure: true,
    };
  }

  /** The store decides; nobody here takes part in a release before. */
  #doubt(conference: Conference): Report {
    void this.options.directory.refresh(conference);
    return this.#own(conference);
  }

  #own(conference: Conference): Report {
    const busyMs = conference.line.release.busyMs(this.options.clock.now());
    return {
      ...this.options.counts.own(conference),
      ...(busyMs > 0 && { busyMs }),
      version: conference.version,
    };
  }
}

function numbersOf(ids: Iterable<string>, numbers: readonly number[]): Map<string, number> {
  return new Map([...ids].map((id, i) => [id, numbers[i] ?? -1]));
}
