/**
 * What happens to a conference, for every front door. Who may see an event is a part of it, so that
 * a front door never decides that by itself.
 *
 * @module
 */

/** The conference is live and it is this subscriber's turn to join. Told once a place in the line. */
export interface ConferenceLive {
  readonly type: "conference-live";
  readonly audience: "visitors";
  /** The canonical name. */
  readonly conference: string;
  /** The client waits a random part of this many milliseconds before it joins. An integer. */
  readonly randomDelayMs: number;
}

/** How many wait, over all workers and machines. */
export interface VisitorsWaiting {
  readonly type: "visitors-waiting";
  readonly audience: "moderators";
  /** The canonical name. */
  readonly conference: string;
  readonly visitorsWaiting: number;
}

/** Anything that is told of a conference. */
export type ConferenceEvent = ConferenceLive | VisitorsWaiting;

/** Who is told. `notify` must not block; a throw is logged and concerns nobody else. */
export interface Subscriber<Event extends ConferenceEvent> {
  notify(event: Event): void;
  /**
   * The conference was full after all, as others came elsewhere at the same moment: the place is
   * given up. At most once, within a second of its coming.
   */
  refused?(): void;
}
