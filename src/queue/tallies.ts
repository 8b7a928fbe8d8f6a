import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../clock.ts";
import type { Conference } from "./conference.ts";
import { decodeTally, encode, type Tally, topicOf } from "./messages.ts";

/**
 * How long the last word of an isolate counts that has the conference but does not answer (a stall, a
 * lost message). Longer would keep the ghosts of a crashed machine.
 */
const SILENCE_MS = 20_000;

interface Heard extends Tally {
  readonly at: number;
}

/**
 * How many visitors and moderators a conference has over all isolates. Nothing is kept but what was
 * heard last, and only to bridge a missing answer.
 */
export class Tallies {
  readonly #heard = new Map<string, Map<string, Heard>>();

  constructor(
    readonly bus: Bus,
    readonly clock: Clock,
    readonly timeoutMs: number,
  ) {}

  /** Asks everybody. `local` is this isolate's own conference where it has one. Never fails. */
  async count(key: string, local: Conference | undefined): Promise<Tally> {
    const { answers, complete } = await this.bus
      .ask(topicOf(key), encode({ type: "count" }), this.timeoutMs)
      .catch(() => ({ answers: new Map<string, string>(), complete: false }));
    const heard = this.#from(key, complete);
    for (const [id, answer] of answers) {
      const tally = decodeTally(answer);
      if (tally) heard.set(id, { ...tally, at: this.clock.now() });
    }
    if (local) this.#heard.set(key, heard);
    return sum(heard.values(), local);
  }

  /** Takes in what an isolate says of itself unasked. */
  hear(key: string, from: string, tally: Tally): void {
    let heard = this.#heard.get(key);
    if (!heard) this.#heard.set(key, heard = new Map());
    heard.set(from, { ...tally, at: this.clock.now() });
  }

  /** Visitors that wait elsewhere, as heard last. */
  visitorsElsewhere(key: string): number {
    return sum(this.#from(key, false).values(), undefined).visitors;
  }

  /** Drops what was heard of a conference that this isolate has no part in any more. */
  forget(key: string): void {
    this.#heard.delete(key);
  }

  /** What was heard and still counts; nothing when everybody has just answered. */
  #from(key: string, complete: boolean): Map<string, Heard> {
    if (complete) return new Map();
    const now = this.clock.now();
    const heard = this.#heard.get(key) ?? [];
    return new Map([...heard].filter(([, tally]) => now - tally.at < SILENCE_MS));
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
