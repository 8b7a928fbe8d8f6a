import {
  defaultClosings,
  defaultLimits,
  type Endpoint,
  type Opener,
} from "../../gateway/endpoint.ts";
import { Connection } from "./connection.ts";
import type { StompServices } from "./services.ts";
import { chooseProtocol } from "./subprotocol.ts";

/** Where STOMP is spoken. What a connection may do follows from its token, never from its path. */
export const STOMP_PATHS: readonly string[] = [
  "/visitor",
  "/visitor/websocket",
  "/state",
  "/state/websocket",
  "/moderator",
  "/moderator/websocket",
];

/** What a STOMP frame may have (C82) and some more, so that one a little too big gets its ERROR. */
const MAX_MESSAGE = 80 * 1024;

/** What all connections share, and how long one may take to say who it is. */
export interface StompEndpointOptions extends StompServices {
  /** From the upgrade to CONNECTED, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** The socket side of the queue: visitors and moderators. */
export function stompEndpoint(options: StompEndpointOptions): Endpoint {
  // One for all: a connection is made of nothing but its peer.
  const opener: Opener = (peer) => new Connection(options, peer);
  return {
    name: "queue",
    paths: STOMP_PATHS,
    limits: {
      ...defaultLimits,
      establishMs: options.connectTimeoutMs,
      maxMessage: MAX_MESSAGE,
    },
    closings: {
      ...defaultClosings,
      // Without an ERROR: a slow key server must not cost the client one of its few lives.
      late: { code: 1008, reason: "No CONNECT in time", why: "connect_timeout" },
    },
    chooseSubprotocol: chooseProtocol,
    open: () => opener,
  };
}
