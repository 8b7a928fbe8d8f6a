import type { AccessPolicy } from "../../access/policy.ts";
import type { ConferenceNames } from "../../access/conference_name.ts";
import type { Authenticate } from "../../auth/authenticator.ts";
import type { Conferences } from "../../queue/view.ts";
import type { Clock } from "../../time/clock.ts";

/** What the routes for backends and operators need. */
export interface CommandOptions {
  readonly conferences: Conferences;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  /** The value of an `Authorization` header -> who it is. @throws {AuthError} */
  readonly authenticate: Authenticate;
  /** A command was refused for what its token is, for the reason with this code. */
  readonly countRefused: (code: string) => void;
  /** Measures how long a command is held. */
  readonly clock: Clock;
}
