/**
 * A conference as a backend or an operator sees it.
 *
 * @module
 */

import type { ConferenceName } from "../access/conference_name.ts";

/** A conference as operators see it. */
export interface ConferenceView {
  /** The canonical name. */
  readonly conference: string;
  readonly status: "waiting" | "live";
  /** Connections that wait, over all workers and machines. */
  readonly visitorsWaiting: number;
  /** Connections that watch the count, over all workers and machines. */
  readonly moderators: number;
  /** When it went live, in milliseconds since the epoch; absent while it waits. */
  readonly liveSince?: number;
}

/** What a go-live did. */
export interface WentLive {
  /** How many waited at that moment. */
  readonly visitorsWaiting: number;
  /** Of the live state: {@linkcode EndOptions.ifVersion}. */
  readonly version: number;
}

/** Who takes a live state back: a backend, or the room that has set it. */
export type EndCause = "endlive" | "room";

/** How a live state is taken back. */
export interface EndOptions {
  /** The default is `endlive`. */
  readonly cause?: EndCause | undefined;
  /** Take it back only if no go-live and no end came after the go-live of this version. */
  readonly ifVersion?: number | undefined;
}

/** What a front door may ask of the queue. */
export interface Conferences {
  /**
   * Marks the conference live and starts the release. Resolves once the live state is durable, with
   * how many waited at that moment. Idempotent.
   *
   * @throws {QueueUnavailableError} the live state could not be stored within the time limit.
   */
  goLive(name: ConferenceName): Promise<WentLive>;
  /**
   * Takes the live state back. Idempotent. False when it was not done because of `ifVersion`.
   *
   * @throws {QueueUnavailableError} as with {@linkcode goLive}.
   */
  endLive(name: ConferenceName, options?: EndOptions): Promise<boolean>;
  /** A conference nobody waits for is a waiting one with no visitors. @throws {QueueUnavailableError} */
  describe(name: ConferenceName): Promise<ConferenceView>;
  /** Every conference that somebody waits for or watches, or that is live. @throws {QueueUnavailableError} */
  list(): Promise<ConferenceView[]>;
}

/** A backing service cannot be reached, for longer than the queue is willing to hold a caller. */
export class QueueUnavailableError extends Error {
  override readonly name = "QueueUnavailableError";
}
