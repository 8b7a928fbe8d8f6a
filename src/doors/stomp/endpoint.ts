import type { Endpoint } from "../../gateway/endpoint.ts";
import { stompEndpoint } from "../../stomp_host/endpoint.ts";
import { Connection } from "./connection.ts";
import type { StompServices } from "./services.ts";

/** Where the queue is. What a connection may do follows from its token, never from its path. */
export const STOMP_PATHS: readonly string[] = [
  "/visitor",
  "/visitor/websocket",
  "/state",
  "/state/websocket",
  "/moderator",
  "/moderator/websocket",
];

/** What all connections share, and how long one may take to say who it is. */
export interface QueueEndpointOptions extends StompServices {
  /** From the upgrade to CONNECTED, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** The socket side of the queue: visitors and moderators. */
export function queueEndpoint(options: QueueEndpointOptions): Endpoint {
  return stompEndpoint({
    name: "queue",
    paths: STOMP_PATHS,
    connectTimeoutMs: options.connectTimeoutMs,
    opener: (peer) => new Connection(options, peer),
  });
}
