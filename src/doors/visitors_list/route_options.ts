import type { ConferenceNames } from "../../access/conference_name.ts";
import type { AccessPolicy } from "../../access/policy.ts";
import type { Authenticate } from "../../auth/authenticator.ts";
import type { Counter } from "../../metrics/meter.ts";
import type { VisitorsLists } from "../../visitors_list/visitors_lists.ts";

/** What the routes need. */
export interface ListRouteOptions {
  readonly lists: VisitorsLists;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  /** The value of an `Authorization` header -> who it is. @throws {AuthError} */
  readonly authenticate: Authenticate;
  /** Changes of lists, and visitors who found theirs full. */
  readonly changes: Counter;
  readonly full: Counter;
}
