import type { Metrics } from "../metrics/metrics.ts";
import type { Clock } from "../time/clock.ts";
import type { Peer } from "./peer.ts";
import type { Wheel } from "./wheel.ts";

/** What every peer shares with its gateway. */
export interface GatewayServices {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly wheel: Wheel;
  /** A stranger is none any more. */
  established(): void;
  /** Nothing is left of the peer but perhaps its socket. */
  removed(peer: Peer): void;
  /** The socket is closed, and its file descriptor free. */
  socketClosed(peer: Peer): void;
}
