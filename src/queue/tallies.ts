import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../time/clock.ts";
import type { Conference } from "./conference.ts";
import { decodeTally, encode, type Tally, topicOf } from "./messages.ts";

/**
 * How long the last word of an isolate counts that has the conference but does not answer (a stall, a
 * lost message). Longer would keep the ghosts of a crashed machine.
 */
const SILENCE_MS = 20_000;
/** Where nobody counts for other reasons, what was heard is held against the truth this often. */
const RECOUNT_MS = 10_000;

interface Word extends Tally {
  readonly at: number;
}

/** What was heard of one conference, by isolate. */
interface Heard {
  words: Map<string, Word>;
  countedAt: number;
}

/** A tally over all isolates. */
export interface Count extends Tally {
  /** False when an isolate did not answer: what it said last stands in, for a while. */
  readonly complete: boolean;
}

/**
 * How many visitors and moderators a conference has over all isolates. Nothing is kept but what was
 * heard last, to bridge a missing answer and to bound the visitors of a conference.
 */
export class Tallies {
  readonly #heard = new WeakMap<Conference, Heard>();

  constructor(
    readonly bus: Bus,
    readonly clock: Clock,
    readonly timeoutMs: number,
  ) {}

  /** Asks everybody. `local` is this isolate's own conference where it has one. Never fails. */
  async count(key: string, local: Conference | undefined): Promise<Count> {
    const { answers, complete } = await this.bus
      .ask(topicOf(key), encode({ type: "count" }), this.timeoutMs)
      .catch(() => ({ answers: new Map<string, string>(), complete: false }));
    const now = this.clock.now();
    const words = complete ? new Map<string, Word>() : this.#recent(local, now);
    for (const [id, answer] of answers) {
      const tally = decodeTally(answer);
      if (tally) words.set(id, { ...tally, at: now });
    }
    if (local) this.#heard.set(local, { words, countedAt: now });
    return { ...sum(words.values(), local), complete };
  }

  /** Takes in what an isolate says of itself unasked. */
  hear(conference: Conference, from: string, tally: Tally): void {
    this.#of(conference).words.set(from, { ...tally, at: this.clock.now() });
  }

  /**
   * Visitors that wait elsewhere, as heard last, however long ago: an isolate says when its number
   * changes, and only then.
   */
  visitorsElsewhere(conference: Conference): number {
    const heard = this.#of(conference);
    const now = this.clock.now();
    if (now - heard.countedAt > RECOUNT_MS) {
      heard.countedAt = now;
      void this.count(conference.key, conference);
    }
    return sum(heard.words.values(), undefined).visitors;
  }

  #of(conference: Conference): Heard {
    let heard = this.#heard.get(conference);
    if (!heard) {
      this.#heard.set(conference, heard = { words: new Map(), countedAt: this.clock.now() });
    }
    return heard;
  }

  #recent(local: Conference | undefined, now: number): Map<string, Word> {
    const words = local && this.#heard.get(local)?.words;
    return new Map([...words ?? []].filter(([, { at }]) => now - at < SILENCE_MS));
  }
}

function sum(tallies: Iterable<Tally>, local: Conference | undefined): Tally {
  let visitors = local?.waiting ?? 0;
  let moderators = local?.watches.size ?? 0;
  for (const tally of tallies) {
    visitors += tally.visitors;
    moderators += tally.moderators;
  }
  return { visitors, moderators };
}
