import type { ConferenceName } from "../../../access/conference_name.ts";
import type { Queue } from "../../../queue/queue.ts";
import type { Store } from "../../../store/store.ts";

/** Names a live state as it was set: whoever sets it again, or takes it back, makes it another. */
export type LiveVersion = string;

/** What the door asks of the queue. */
export interface LivePort {
  /** Makes a conference live, durably, and names the live state. @throws {Error} it cannot be stored. */
  goLive(name: ConferenceName): Promise<LiveVersion>;
  /** Makes it last longer, if it is still the one of that version; undefined if it is not. */
  prolong(name: ConferenceName, version: LiveVersion): Promise<LiveVersion | undefined>;
  /** Takes it back, if it is still the one of that version. */
  end(name: ConferenceName, version: LiveVersion): Promise<boolean>;
}

/** The queue of this isolate, whose live states are told apart by their versions in the store. */
export function liveStates(queue: Queue, store: Store): LivePort {
  const versionOf = async ({ key }: ConferenceName) =>
    (await store.get([`live/${key}`]))[0]?.version;
  const goLive = async (name: ConferenceName) => {
    await queue.goLive(name);
    return await versionOf(name) ?? "";
  };
  return {
    goLive,
    async prolong(name, version) {
      return await versionOf(name) === version ? await goLive(name) : undefined;
    },
    async end(name, version) {
      if (await versionOf(name) !== version) return false;
      await queue.endLive(name);
      return true;
    },
  };
}
