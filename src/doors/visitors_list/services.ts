import type { ConferenceNames } from "../../access/conference_name.ts";
import type { AccessPolicy } from "../../access/policy.ts";
import type { HostServices } from "../../stomp_host/services.ts";
import type { VisitorsLists } from "../../visitors_list/visitors_lists.ts";
import type { ListTurns } from "./list_turns.ts";
import type { ChangeBodies } from "./messages.ts";

/** What every connection of this door shares. */
export interface ListServices extends HostServices {
  readonly lists: VisitorsLists;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  readonly turns: ListTurns;
  readonly bodies: ChangeBodies;
}
