import type { Authenticate } from "../auth/authenticator.ts";
import type { Places } from "../gateway/places.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { SessionOptions } from "../stomp/mod.ts";
import type { Clock } from "../time/clock.ts";
import type { Refusals } from "./refusals.ts";

/** What every STOMP connection of a door shares. */
export interface HostServices {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The value of a frame's Authorization header -> who it is. @throws {AuthError} */
  readonly authenticate: Authenticate;
  /** Room for connections of one token; absent: no bound. */
  readonly tokenPlaces?: Places | undefined;
  /** Whether a token that expires ends its connection. */
  readonly disconnectOnExpiry: boolean;
  readonly session: SessionOptions;
  readonly refusals: Refusals;
}
