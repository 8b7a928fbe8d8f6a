import type { Metrics } from "../metrics/metrics.ts";
import type { Clock } from "../time/clock.ts";
import type { CloseReason } from "../metrics/close_reason.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Place } from "./places.ts";
import type { Closing } from "./protocol.ts";
import type { Wheel } from "./wheel.ts";

/** A peer as its gateway sees it. */
export interface Member {
  readonly endpoint: Endpoint;
  /** Its address's. */
  readonly place: Place;
  /** False: it is a stranger. */
  readonly established: boolean;
  /** True until somebody has begun to end it. */
  readonly open: boolean;
  /** Why it ended; `client` where nobody here had a reason. */
  readonly why: CloseReason;
  /** Starts the close handshake, which is bounded. */
  closeWith(closing: Closing): void;
  /** Ends the TCP connection without a handshake. */
  cut(why: CloseReason): void;
}

/** What every peer shares with its gateway. */
export interface GatewayServices {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly wheel: Wheel;
  /** A stranger is none any more. */
  established(peer: Member): void;
  /** Nothing is left of the peer but perhaps its socket. */
  removed(peer: Member): void;
  /** The socket is closed, and its file descriptor free. */
  socketClosed(peer: Member): void;
}
