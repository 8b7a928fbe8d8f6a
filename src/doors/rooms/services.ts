import type { ConferenceNames } from "../../access/conference_name.ts";
import type { AccessPolicy } from "../../access/policy.ts";
import type { Principal } from "../../auth/principal.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../time/clock.ts";
import type { ConferenceTie } from "./conference/tie.ts";
import type { RoomsMetrics } from "./metrics.ts";
import type { Rates } from "./rates.ts";
import type { Grant, Sessions } from "./sessions.ts";
import type { RoomsValues } from "./settings.ts";
import type { Vault } from "./vault.ts";

/** What the routes of the door stand on. */
export interface Services {
  readonly values: RoomsValues;
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly tie: ConferenceTie;
  readonly metrics: RoomsMetrics;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  /** The value of an `Authorization` header -> who it is. @throws {AuthError} */
  readonly authenticate: (authorization: string | undefined) => Principal | Promise<Principal>;
  /** Whether the token that a session was made with was taken back since. */
  readonly isRevoked: (grant: Grant) => boolean;
  /** The id of the service; the clients' `apiKey`. */
  readonly apiKey: () => string;
  /** The page of a room, with `{token}` in it. */
  readonly webAppUrl: string;
  readonly rates: {
    readonly participation: Rates;
    readonly join: Rates;
    /** Of the whole isolate. */
    readonly session: Rates;
  };
}
