import type { CloseReason } from "../metrics/close_reason.ts";

/**
 * What a door speaks over one socket, as the `Peer` that holds the socket needs it: what
 * comes in, and what the protocol says when time passes or a bound is met. No method may throw; a
 * throw ends the connection and is logged.
 */
export interface Protocol {
  /** The longest pause between two messages of ours, in milliseconds; 0: no beats. */
  readonly outgoingBeatMs: number;
  /** After how many milliseconds of silence the peer is given up; 0: never for that. */
  readonly incomingTimeoutMs: number;

  /** The socket is open: the first moment at which something can be sent, or the peer closed. */
  opened?(): void;

  /**
   * One message came in: as a string, or as its octets, which a text may be too. Returns true when
   * it left something incomplete: the peer bounds how long that may last.
   */
  message(data: string | Uint8Array, binary: boolean): boolean;

  /** It is time for a beat. */
  beat(): void;

  /** Its own time has come, see `Peer.wakeAt`. */
  wake?(): void;

  /**
   * It leaves too much unread, or reads nothing for too long. Absent: it is cut. What says goodbye
   * here is cut when the Close is not answered in time.
   */
  slow?(): void;

  /** What was incomplete stayed so for too long. */
  overdue(): void;

  /** The peer sends more than it may; it is cut soon after. */
  flooded(): void;

  /** A message is longer than the endpoint allows. */
  tooBig(): void;

  /** Gives up whatever the connection holds in a domain. Called once or more, before the end. */
  letGo(): void;

  /** The socket is gone, or as good as. Called once; nothing is called after it. */
  ended(): void;
}

/** What a protocol may do with its peer. Times are milliseconds of the gateway's clock. */
export interface PeerHandle {
  /** The time of the last slot, see `Wheel.now`. */
  readonly now: number;
  /** True until somebody has begun to end it. */
  readonly open: boolean;
  /** Octets that were sent and have not left this process. */
  readonly bufferedAmount: number;
  /** Sends one text message. */
  send(text: string): void;
  /** Something was sent that must be read in time. */
  expectRead(): void;
  /** The peer is known and the session agreed: it is no stranger any more, and beats begin. */
  establish(): void;
  /** Calls {@linkcode Protocol.wake} once, at `time` or soon after; 0: never. */
  wakeAt(time: number): void;
  /** Notes why it is about to end, for who counts: what is said first counts. */
  blame(why: CloseReason): void;
  /** Starts the close handshake, which is bounded. */
  close(code: number, reason: string, why: CloseReason): void;
  /** {@linkcode close} with what an endpoint says in such a case. */
  closeWith(closing: Closing): void;
  /** The peer has said goodbye and is given the time to close by itself. */
  lingering(): void;
}

/** How a connection is ended by us. */
export interface Closing {
  /** The code of the Close frame (RFC 6455 section 7.4). */
  readonly code: number;
  /** Its text, at most 123 octets. */
  readonly reason: string;
  /** What is counted. */
  readonly why: CloseReason;
}
