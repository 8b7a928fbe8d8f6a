import type { Capacity } from "./capacity.ts";
import type { Closing, PeerHandle, Protocol } from "./protocol.ts";

/** What one connection may do to us. All of it is bounded before anything is known of the peer. */
export interface EndpointLimits {
  /** From the upgrade to `Peer.establish`, in milliseconds. */
  readonly establishMs: number;
  /** Octets of one message, all its fragments together. */
  readonly maxMessage: number;
  /** Messages within ten seconds, and their octets. */
  readonly maxInputMessages: number;
  readonly maxInputOctets: number;
  /** Octets that were sent and not read; more, or any for ten seconds, ends the peer. */
  readonly maxUnread: number;
}

/** What the gateway says when it ends a connection by itself. */
export interface EndpointClosings {
  /** Not established in time. */
  readonly late: Closing;
  /** This process drains. */
  readonly drain: Closing;
  /** Memory is short and the peer is a stranger. */
  readonly shed: Closing;
  /** There are too many strangers, and this one has been one the longest. */
  readonly crowded: Closing;
}

/** Makes what is spoken over an upgraded socket. It must not keep the request alive. */
export type Opener = (peer: PeerHandle) => Protocol;

/** The socket side of a door: its paths, and what is spoken there. */
export interface Endpoint {
  /** Stable; in metrics and logs. */
  readonly name: string;
  readonly paths: readonly string[];
  /** Without an upgrade there is nothing at the paths, rather than a hint to upgrade. */
  readonly upgradesOnly?: boolean;
  readonly limits: EndpointLimits;
  readonly closings: EndpointClosings;
  /** Room of its own, inside the room that all have; absent: whatever there is. */
  readonly capacity?: Capacity | undefined;
  /** The subprotocol to answer to `offered`, the header's value; undefined: none. */
  chooseSubprotocol(offered: string | null): string | undefined;
  /** Looks at the request before the upgrade. A response refuses it. */
  open(request: Request): Opener | Response | Promise<Opener | Response>;
}

/** What holds where a door does not say otherwise. */
export const defaultLimits: EndpointLimits = {
  establishMs: 10_000,
  maxMessage: 64 * 1024,
  // Many times what a client needs, and little enough that nobody else waits for it.
  maxInputMessages: 2_000,
  maxInputOctets: 512 * 1024,
  maxUnread: 64 * 1024,
};

/** The close codes of RFC 6455 section 7.4.1 and of its registry. */
export const defaultClosings: EndpointClosings = {
  late: { code: 1008, reason: "Not established in time", why: "connect_timeout" },
  drain: { code: 1001, reason: "Server is going away", why: "drain" },
  shed: { code: 1013, reason: "Out of memory", why: "memory" },
  crowded: { code: 1013, reason: "Too many strangers", why: "crowded" },
};
