import type { ConferenceLive, Subscriber, VisitorsWaiting } from "../../queue/events.ts";
import type { Place, Watch } from "../../queue/place.ts";
import type { Subscription } from "../../stomp/mod.ts";

/** Who sends what a holder hears: the connection. */
export interface Teller {
  /** The visitor is being told that its conference, with this key, is live. */
  leavesLine(key: string): void;
  tellLive(event: ConferenceLive, subscription: Subscription<Holder>): void;
  tellCount(event: VisitorsWaiting, subscription: Subscription<Holder>): void;
  /** The conference is full: others came elsewhere at the same moment. */
  sendAway(): void;
}

/**
 * A connection's place in the line of one conference. Several subscriptions share it: a connection
 * counts once, and each subscription is told once (C68).
 */
export class Waiting implements Subscriber<ConferenceLive> {
  place: Place | undefined;
  readonly subscriptions: Subscription<Holder>[];

  constructor(readonly teller: Teller, readonly key: string, first: Subscription<Holder>) {
    this.subscriptions = [first];
  }

  notify(event: ConferenceLive): void {
    this.teller.leavesLine(this.key);
    for (const subscription of this.subscriptions) this.teller.tellLive(event, subscription);
  }

  refused(): void {
    this.teller.sendAway();
  }

  /** True when further subscriptions to the conference may still share the place. */
  get open(): boolean {
    return this.place?.state === "waiting";
  }

  /** Takes one subscription out; the place is given up with the last. */
  remove(subscription: Subscription<Holder>): void {
    const at = this.subscriptions.indexOf(subscription);
    if (at >= 0) this.subscriptions.splice(at, 1);
    if (this.subscriptions.length === 0) this.leave();
  }

  leave(): void {
    this.place?.leave();
  }
}

/** A connection's view of one conference's count, for one subscription. */
export class Watching implements Subscriber<VisitorsWaiting> {
  watch: Watch | undefined;

  constructor(readonly teller: Teller, readonly subscription: Subscription<Holder>) {}

  notify(event: VisitorsWaiting): void {
    this.teller.tellCount(event, this.subscription);
  }

  remove(): void {
    this.leave();
  }

  leave(): void {
    this.watch?.leave();
  }
}

/** What a subscription holds in the queue. */
export type Holder = Waiting | Watching;
