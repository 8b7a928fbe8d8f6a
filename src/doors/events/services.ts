import type { Principal } from "../../auth/principal.ts";
import type { Clock } from "../../time/clock.ts";
import type { Hub } from "./hub.ts";

/** What every events connection of an isolate shares. */
export interface EventsServices {
  readonly clock: Clock;
  readonly hub: Hub;
  /** `Bearer` and a token -> who it is. @throws {AuthError} */
  readonly authenticate: (authorization: string) => Principal | Promise<Principal>;
  /** Whether the bus is there. */
  readonly busUp: () => boolean;
  /** Octets that may be unsent to one connection. */
  readonly maxBuffer: number;
  readonly connected: () => void;
  readonly disconnected: () => void;
  /** A token was refused. */
  readonly refused: (code: string) => void;
  /** A connection is closed with this code. */
  readonly closed: (code: number) => void;
}
