import type { Announcer } from "./announcer.ts";
import type { Conference } from "./conference.ts";
import type { Counts } from "./counts.ts";
import type { Newcomers } from "./newcomers.ts";
import type { Place } from "./place.ts";

export interface BoundOptions {
  /** Nobody else is sent away, whoever came elsewhere. */
  readonly newcomers: Newcomers;
  readonly counts: Counts;
  readonly announcer: Announcer;
  /** The most visitors of a conference, over all isolates; undefined: no bound. */
  readonly most: number | undefined;
  /** The id of this isolate. */
  readonly own: string;
}

/**
 * The bound on the visitors of a conference. An isolate lets in by what it has heard, which is a
 * moment old; where several have let in too many at the same moment, the last ones are sent away
 * again as soon as the isolates have heard of each other.
 */
export class Bound {
  constructor(readonly options: BoundOptions) {}

  /** As many wait as may. */
  full(conference: Conference): boolean {
    const { counts, most } = this.options;
    if (most === undefined) return false;
    return conference.waiting + counts.visitorsElsewhere(conference) >= most;
  }

  /** A visitor was let in. */
  came(conference: Conference, place: Place): void {
    if (this.options.most !== undefined) this.options.newcomers.came(conference, place);
  }

  /** The number here changed: every isolate has to know how many the others have. */
  changed(conference: Conference): void {
    if (this.options.most !== undefined) this.options.announcer.changed(conference);
  }

  /** This isolate has just joined, and has not heard of the others. */
  async joined(conference: Conference): Promise<void> {
    if (this.options.most === undefined) return;
    await this.options.counts.count(conference.key);
    this.heard(conference);
  }

  /** Others have said how many they have. Of the isolates the one with the greatest id goes first. */
  heard(conference: Conference): void {
    const { counts, most, newcomers, own } = this.options;
    if (most === undefined) return;
    const all = conference.waiting + counts.heardElsewhere(conference);
    const excess = all - most - counts.freshBehind(conference, own);
    if (excess <= 0) return;
    for (const place of newcomers.of(conference).slice(-excess).reverse()) {
      place.leave();
      place.subscriber.refused?.();
    }
  }
}
