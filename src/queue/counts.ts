import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../time/clock.ts";
import type { Conference } from "./conference.ts";
import { Fresh } from "../base/fresh.ts";
import { CONFERENCES, type Tally } from "./messages.ts";
import type { Newcomers } from "./newcomers.ts";
import { Tallies } from "./tallies.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";

/** How long other isolates have to answer. */
const ANSWER_MS = 500;
/**
 * How long the last word of an isolate counts that has the conference but does not answer (a stall, a
 * lost message). Longer would keep the ghosts of a crashed machine.
 */
const SILENCE_MS = 20_000;
/** Where nobody counts for other reasons, what was heard is held against the truth this often. */
const RECOUNT_MS = 10_000;

/** How many a conference has over all isolates. */
export interface Count {
  readonly visitors: number;
  readonly moderators: number;
  /** False when an isolate did not answer: what it said last stands in, for a while. */
  readonly complete: boolean;
}

/** Whom to ask, and for how long. */
export interface CountsOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** The conference in this isolate, where it has a part in it. */
  readonly local: (key: string) => Conference | undefined;
  /** Where the visitors of a conference are bounded: the others have to know how many are new. */
  readonly newcomers?: Newcomers | undefined;
}

/** What was heard of one conference. */
interface Known {
  readonly tallies: Tallies;
  countedAt: number;
}

/**
 * How many visitors and moderators a conference has over all isolates. Nothing is kept but what was
 * heard last, to bridge a missing answer and to bound the visitors of a conference.
 */
export class Counts {
  readonly #known = new WeakMap<Conference, Known>();
  readonly #fresh = new Fresh((key: string) => this.#count(key));
  #seq = 0;

  constructor(readonly options: CountsOptions) {}

  /** What this isolate has, to be said to others. */
  own(conference: Conference): Tally {
    const { waiting, watches } = conference;
    const fresh = this.options.newcomers?.of(conference).length ?? 0;
    const tally = { visitors: waiting, moderators: watches.size, seq: ++this.#seq };
    return fresh > 0 ? { ...tally, fresh } : tally;
  }

  /** Visitors that wait elsewhere, as heard last. */
  heardElsewhere(conference: Conference): number {
    return this.#of(conference).tallies.sum().visitors;
  }

  /** Those who came lately to other isolates with an id greater than `own`. */
  freshBehind(conference: Conference, own: string): number {
    return this.#of(conference).tallies.freshBehind(own);
  }

  /**
   * Asks everybody. The number is never older than the call, and one question a conference is out at
   * a time, however many want to know. Never fails.
   */
  count(key: string): Promise<Count> {
    return this.#fresh.ask(key);
  }

  /** Takes in what an isolate says of itself unasked. */
  take(conference: Conference, from: string, tally: Tally): void {
    this.#of(conference).tallies.take(from, tally, this.options.clock.now());
  }

  /**
   * The same, however long ago: an isolate says when its number changes, and only then. Now and then
   * the others are asked.
   */
  visitorsElsewhere(conference: Conference): number {
    const known = this.#of(conference);
    const now = this.options.clock.now();
    if (now - known.countedAt > RECOUNT_MS) {
      known.countedAt = now;
      void this.count(conference.key);
    }
    return this.heardElsewhere(conference);
  }

  async #count(key: string): Promise<Count> {
    const { bus, clock, local } = this.options;
    const askedAt = clock.now();
    const { answers, complete } = await CONFERENCES.of(key).ask(bus, { type: "count" }, ANSWER_MS)
      .catch((error) => {
        noteUnreachable(`count who waits for ${key}`, error);
        return NO_ANSWERS;
      });
    const now = clock.now();
    const conference = local(key);
    const tallies = conference ? this.#of(conference).tallies : new Tallies();
    for (const [id, tally] of answers) tallies.take(id, tally, now);
    // Who was not asked may have come since, and said so.
    tallies.keepSince(complete ? askedAt : now - SILENCE_MS);
    if (conference) this.#of(conference).countedAt = now;
    const { visitors, moderators } = tallies.sum();
    return {
      visitors: visitors + (conference?.waiting ?? 0),
      moderators: moderators + (conference?.watches.size ?? 0),
      complete,
    };
  }

  #of(conference: Conference): Known {
    let known = this.#known.get(conference);
    if (!known) {
      known = { tallies: new Tallies(), countedAt: this.options.clock.now() };
      this.#known.set(conference, known);
    }
    return known;
  }
}
