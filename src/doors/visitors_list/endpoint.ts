import type { Endpoint } from "../../gateway/endpoint.ts";
import { stompEndpoint } from "../../stomp_host/endpoint.ts";
import { Connection } from "./connection.ts";
import type { ListServices } from "./services.ts";

/** Where the visitors list is. */
export const VISITORS_LIST_PATHS: readonly string[] = [
  "/visitors-list",
  "/visitors-list/websocket",
];

/** A whole list of the longest names, and changes behind it, are one or two messages. */
const MAX_UNREAD = 16 * 1024 * 1024;

/** What all connections share, and how long one may take to say who it is. */
export interface ListEndpointOptions extends ListServices {
  /** From the upgrade to CONNECTED, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** The socket side of the visitors list. */
export function listEndpoint(options: ListEndpointOptions): Endpoint {
  return stompEndpoint({
    name: "visitors-list",
    paths: VISITORS_LIST_PATHS,
    connectTimeoutMs: options.connectTimeoutMs,
    limits: { maxUnread: MAX_UNREAD },
    opener: (peer) => new Connection(options, peer),
  });
}
