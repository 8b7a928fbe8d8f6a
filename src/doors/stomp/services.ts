import type { AccessPolicy } from "../../access/policy.ts";
import type { ConferenceNames } from "../../access/conference_name.ts";
import type { Counter } from "../../metrics/meter.ts";
import type { Queue } from "../../queue/queue.ts";
import type { ReturningVisitors } from "../../queue/returning_visitors.ts";
import type { HostServices } from "../../stomp_host/services.ts";
import type { LiveMessages } from "./messages.ts";

/** What every STOMP connection of an isolate shares. */
export interface StompServices extends HostServices {
  readonly queue: Queue;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  readonly liveMessages: LiveMessages;
  readonly returning: ReturningVisitors;
  /** Visitors who were told and are back. */
  readonly returned: Counter;
}
