import type { Tally } from "./messages.ts";

interface Entry extends Tally {
  /** When the isolate was heard last. */
  readonly at: number;
}

/** What other isolates have of one conference, as each said last. Times are the caller's. */
export class Tallies {
  readonly #entries = new Map<string, Entry>();

  /** Takes in what isolate `id` says of itself, unless something newer is known. */
  take(id: string, tally: Tally, at: number): void {
    const known = this.#entries.get(id);
    this.#entries.set(id, { ...(known && isOlder(tally, known) ? known : tally), at });
  }

  /** Forgets the isolates of which nothing was heard since `at`. */
  keepSince(at: number): void {
    for (const [id, entry] of this.#entries) if (entry.at < at) this.#entries.delete(id);
  }

  /** Those who came lately to isolates of which the id is greater than `own`. */
  freshBehind(own: string): number {
    let sum = 0;
    for (const [id, { fresh = 0 }] of this.#entries) if (id > own) sum += fresh;
    return sum;
  }

  /** All of them together. */
  sum(): { readonly visitors: number; readonly moderators: number } {
    let [visitors, moderators] = [0, 0];
    for (const entry of this.#entries.values()) {
      visitors += entry.visitors;
      moderators += entry.moderators;
    }
    return { visitors, moderators };
  }
}

/** An isolate that does not number its tallies is believed in the order in which they come. */
function isOlder(tally: Tally, known: Tally): boolean {
  return tally.seq !== undefined && known.seq !== undefined && tally.seq < known.seq;
}
