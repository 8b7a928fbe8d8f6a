import {
  defaultClosings,
  defaultLimits,
  type Endpoint,
  type EndpointLimits,
  type Opener,
} from "../gateway/endpoint.ts";
import { chooseProtocol } from "./subprotocol.ts";

/** What a STOMP frame may have (C82) and some more, so that one a little too big gets its ERROR. */
const MAX_MESSAGE = 80 * 1024;

export interface StompEndpointOptions {
  readonly name: string;
  readonly paths: readonly string[];
  /** From the upgrade to CONNECTED, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Where they differ from those of every endpoint. */
  readonly limits?: Partial<EndpointLimits>;
  /** Makes what is spoken; one for all, of nothing but the peer. */
  readonly opener: Opener;
}

/** Where STOMP is spoken. */
export function stompEndpoint(options: StompEndpointOptions): Endpoint {
  const { name, paths, connectTimeoutMs, limits, opener } = options;
  return {
    name,
    paths,
    limits: {
      ...defaultLimits,
      establishMs: connectTimeoutMs,
      maxMessage: MAX_MESSAGE,
      ...limits,
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
