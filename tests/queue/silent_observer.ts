import type { ConferenceObserver } from "../../src/queue/conference.ts";

/** For a conference of which nobody needs to hear. */
export const silentObserver: ConferenceObserver = {
  arrived() {},
  departed() {},
  told() {},
  watched() {},
  unplanned() {},
  releasing() {},
};
