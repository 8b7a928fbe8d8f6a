import { sessionOptions } from "../../stomp_host/session_options.ts";
import { door } from "../door.ts";
import { queueEndpoint } from "./endpoint.ts";
import { LiveMessages } from "./messages.ts";
import { QUEUE_DOOR } from "./settings.ts";

/** Visitors who wait and moderators who watch, by STOMP over WebSocket. */
export const stompDoor = door({
  ...QUEUE_DOOR,
  open(house, { HEARTBEAT_MS, DISCONNECT_ON_EXPIRY }) {
    const {
      queue,
      names,
      access,
      clock,
      metrics,
      authenticate,
      refusals,
      tokenPlaces,
      returning,
      meter,
    } = house;
    const endpoint = queueEndpoint({
      queue,
      names,
      access,
      clock,
      metrics,
      authenticate,
      tokenPlaces,
      refusals,
      disconnectOnExpiry: DISCONNECT_ON_EXPIRY,
      connectTimeoutMs: house.settings.connections.connectTimeoutMs,
      session: sessionOptions(house.version, HEARTBEAT_MS),
      liveMessages: new LiveMessages(),
      returning,
      returned: meter.counter({
        name: "visitors_returned_total",
        help: "Visitors who waited again within a minute of being told that it is live.",
      }),
    });
    return { endpoints: [endpoint] };
  },
});
