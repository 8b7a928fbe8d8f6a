import type { ConferenceName } from "../../../access/conference_name.ts";
import type { Queue } from "../../../queue/queue.ts";

/** Names a live state as it was set: whoever sets it again, or takes it back, makes it another. */
export type LiveVersion = number;

/** What the door asks of the queue. */
export interface LivePort {
  /** Makes a conference live, durably, and names the live state. @throws {Error} it cannot be stored. */
  goLive(name: ConferenceName): Promise<LiveVersion>;
  /** Makes it last longer, if it is still the one of that version; undefined if it is not. */
  prolong(name: ConferenceName, version: LiveVersion): Promise<LiveVersion | undefined>;
  /** Takes it back, if it is still the one of that version. */
  end(name: ConferenceName, version: LiveVersion): Promise<boolean>;
}

/** The queue of this isolate, with the others on its bus. */
export function liveStates(queue: Queue): LivePort {
  return {
    goLive: async (name) => (await queue.goLive(name)).version,
    prolong: (name, version) => queue.prolong(name, version),
    end: (name, ifVersion) => queue.endLive(name, { ifVersion, cause: "room" }),
  };
}
