/**
 * What a session needs of the outside, and what it tells of itself.
 *
 * @module
 */

import type { StompError } from "./error.ts";
import type { SessionLimits } from "./limits.ts";
import type { SessionState } from "./states.ts";
import type { Subscription } from "./subscription.ts";
import type { Version } from "./version.ts";

/** What a session tells of itself. */
export interface SessionInfo {
  readonly state: SessionState;
  /** As agreed on by CONNECT; 1.0, which has no escapes, until then. */
  readonly version: Version;
  /** How often the host must send something, in milliseconds; 0 is never. */
  readonly outgoingBeatMs: number;
  /** After how many milliseconds of silence the host may give the peer up; 0 is never. */
  readonly incomingTimeoutMs: number;
}

/** Shared by all sessions of a host. */
export interface SessionOptions {
  /** The `server` header of CONNECTED: name/version. */
  readonly server?: string | undefined;
  /** The most often that we beat, in milliseconds; 0 is never. */
  readonly heartBeatMs: number;
  /** How often the peer shall beat, in milliseconds; 0 is never. */
  readonly desiredBeatMs: number;
  readonly limits?: SessionLimits | undefined;
}

/**
 * What a session needs of the outside. To refuse, `authenticate` and `subscribe` throw a
 * {@linkcode StompError}: the peer gets an ERROR frame and is closed. A {@linkcode SessionCloseError}
 * closes cleanly without ERROR. Whatever else a method throws is a fault of the host: `fault` is
 * told, the peer is closed with 1011 and learns nothing.
 */
export interface SessionHost<C = unknown> {
  /** Sends one frame as one WebSocket text message. */
  send(text: string): void;

  /** Starts the close handshake. The host bounds how long it takes. */
  close(code: number, reason: string): void;

  /** Judges a CONNECT by its headers: at once where it can, by a promise where it must wait. */
  authenticate(headers: ReadonlyMap<string, string>): void | Promise<void>;

  /** CONNECTED was sent: the moment to start heart-beats. */
  connected(session: SessionInfo): void;

  /**
   * Begins to deliver to `subscription`, for a SUBSCRIBE with these headers: at once where it can,
   * and then what happens after the return is not missed; by a promise where it must wait. Frames
   * that come meanwhile are executed, so the subscription may have ended before the promise does.
   */
  subscribe(
    subscription: Subscription<C>,
    headers: ReadonlyMap<string, string>,
  ): void | Promise<void>;

  /** The subscription stands, and its RECEIPT was sent: the moment for a first message. */
  subscribed?(subscription: Subscription<C>): void;

  /**
   * Ends {@linkcode subscribe}. Called on UNSUBSCRIBE, and for each subscription that is left when
   * the session ends by DISCONNECT, a refusal or a fault; not when the socket is gone.
   */
  unsubscribe(subscription: Subscription<C>): void;

  /** RECEIPT of DISCONNECT was sent: closes with 1000 after two seconds unless the peer does. */
  lingering(): void;

  /** The peer is refused with this; ERROR and `close` follow. To count it. Must not throw. */
  refused?(error: StompError): void;

  /** The host itself failed, with `error`: to log it. Must not throw. */
  fault?(error: unknown): void;
}
