/**
 * How much a peer may send: every buffer and queue that it feeds has a bound here (STOMP 1.2, Size
 * Limits). What is at the limit passes, one more fails.
 *
 * @module
 */

/** The bounds of one frame. */
export interface FrameLimits {
  /** Octets of the command. */
  readonly command: number;
  /** Octets of one header line, its end of line not counted. */
  readonly headerLine: number;
  /** Headers of different names. */
  readonly headers: number;
  /** Octets from the first of the command to the NUL, which counts: the bound of the body too. */
  readonly frame: number;
}

/** The bounds of one session. */
export interface SessionLimits {
  /** Until CONNECTED is sent: smaller in all, but for a header line that holds a token. */
  readonly beforeConnected: FrameLimits;
  readonly connected: FrameLimits;
  /** Frames that may wait for the verdict on CONNECT. */
  readonly pendingFrames: number;
  /** Octets that may wait for it, those of an unfinished frame included. */
  readonly pendingOctets: number;
  /** Subscriptions at a time. */
  readonly subscriptions: number;
  /** Octets of a subscription's id, which is kept as long as the subscription. */
  readonly subscriptionId: number;
  /** Octets of a subscription's destination. */
  readonly destination: number;
}

const KIB = 1024;

/** What a session goes by when its options name no other. */
export const defaultLimits: SessionLimits = {
  beforeConnected: { command: 32, headerLine: 16 * KIB, headers: 64, frame: 32 * KIB },
  connected: { command: 32, headerLine: 8 * KIB, headers: 64, frame: 64 * KIB },
  pendingFrames: 16,
  pendingOctets: 16 * KIB,
  subscriptions: 16,
  subscriptionId: 2 * KIB,
  // A name of 1023 octets, the longest that a JID's part may have (RFC 7622, 3.1), and a prefix.
  destination: KIB + 64,
};
