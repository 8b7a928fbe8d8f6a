import { door } from "../door.ts";
import { stompEndpoint } from "./endpoint.ts";
import { LiveMessages } from "./messages.ts";
import { QUEUE_DOOR } from "./settings.ts";

/**
 * What we ask of clients: a waiting tab is a hidden tab, and a hidden tab's timers run once a minute.
 * Dead peers are found by WebSocket pings, which browsers answer without timers.
 */
const DESIRED_BEAT_MS = 60_000;

/** Visitors who wait and moderators who watch, by STOMP over WebSocket. */
export const stompDoor = door({
  ...QUEUE_DOOR,
  open(house, { HEARTBEAT_MS, DISCONNECT_ON_EXPIRY }) {
    const { queue, names, access, clock, metrics, authenticate, tokenPlaces } = house;
    const endpoint = stompEndpoint({
      queue,
      names,
      access,
      clock,
      metrics,
      authenticate,
      tokenPlaces,
      disconnectOnExpiry: DISCONNECT_ON_EXPIRY,
      connectTimeoutMs: house.settings.connections.connectTimeoutMs,
      session: {
        server: `waiting-queue/${house.version}`,
        heartBeatMs: HEARTBEAT_MS,
        desiredBeatMs: DESIRED_BEAT_MS,
      },
      liveMessages: new LiveMessages(),
    });
    return { endpoints: [endpoint] };
  },
});
