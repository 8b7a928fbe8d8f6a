import type { ConferenceLive, Subscriber, VisitorsWaiting } from "./events.ts";

/** What a place tells when its holder gives it up. */
export interface PlaceOwner {
  left(place: Place): void;
}

/** What a watch tells when its holder gives it up. */
export interface WatchOwner {
  unwatched(watch: Watch): void;
}

/** Who waits, as far as that is known. */
export interface Visitor {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** One visitor's place in the line of one conference, from its subscription until it is told live. */
export class Place implements Disposable {
  state: "waiting" | "told" | "left" = "waiting";

  /** @param arrivedAt when it came, by the clock of this isolate; milliseconds. */
  constructor(
    readonly owner: PlaceOwner,
    readonly subscriber: Subscriber<ConferenceLive>,
    readonly arrivedAt: number,
    readonly visitor?: Visitor,
  ) {}

  /** Gives the place up. Harmless once the visitor has been told or has left. */
  leave(): void {
    if (this.state !== "waiting") return;
    this.state = "left";
    this.owner.left(this);
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}

/** One moderator's view of the count of one conference. */
export class Watch implements Disposable {
  ended = false;
  /** The number that was sent last; undefined until the first one. */
  lastSent: number | undefined;
  /** When the number is looked at again, by the clock of this isolate; milliseconds. */
  nextCheck = 0;
  /** Whether an isolate did not answer when the number was looked at last. */
  incomplete = false;

  constructor(readonly owner: WatchOwner, readonly subscriber: Subscriber<VisitorsWaiting>) {}

  /** Ends the view. Harmless when it has ended. */
  leave(): void {
    if (this.ended) return;
    this.ended = true;
    this.owner.unwatched(this);
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}
