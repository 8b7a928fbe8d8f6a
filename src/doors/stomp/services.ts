import type { AccessPolicy } from "../../access/policy.ts";
import type { ConferenceNames } from "../../access/conference_name.ts";
import type { Principal } from "../../auth/principal.ts";
import type { Places } from "../../gateway/places.ts";
import type { Metrics } from "../../metrics/metrics.ts";
import type { Queue } from "../../queue/queue.ts";
import type { SessionOptions } from "../../stomp/mod.ts";
import type { Clock } from "../../time/clock.ts";
import type { LiveMessages } from "./messages.ts";

/** What every STOMP connection of an isolate shares. */
export interface StompServices {
  readonly queue: Queue;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The value of a CONNECT frame's Authorization header -> who it is. @throws {AuthError} */
  readonly authenticate: (authorization: string | undefined) => Principal | Promise<Principal>;
  /** Room for connections of one token; absent: no bound. */
  readonly tokenPlaces?: Places | undefined;
  /** Whether a token that expires ends its connection. */
  readonly disconnectOnExpiry: boolean;
  readonly session: SessionOptions;
  readonly liveMessages: LiveMessages;
}
