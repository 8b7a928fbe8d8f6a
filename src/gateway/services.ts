import type { Principal } from "../auth/principal.ts";
import type { Clock } from "../time/clock.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { AccessPolicy } from "../access/policy.ts";
import type { ConferenceNames } from "../access/conference_name.ts";
import type { Queue } from "../queue/queue.ts";
import type { SessionOptions } from "../stomp/mod.ts";
import type { Capacity } from "./capacity.ts";
import type { LiveMessages } from "../doors/stomp/messages.ts";
import type { Wheel } from "./wheel.ts";

export interface GatewayOptions {
  readonly queue: Queue;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly capacity: Capacity;
  /** The value of a CONNECT frame's Authorization header -> who it is. @throws {AuthError} */
  readonly authenticate: (authorization: string | undefined) => Principal | Promise<Principal>;
  /** The `server` header of CONNECTED: name/version. */
  readonly server?: string;
  /** The longest pause between two octets of ours, in milliseconds. */
  readonly heartBeatMs: number;
  /** From the upgrade to CONNECTED, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Octets of resident memory of the process from which on there is no room for strangers. */
  readonly maxMemory: number;
  /** Octets of resident memory of the process. */
  readonly resident: () => number;
  /** Whether a token that expires ends its connection. */
  readonly disconnectOnExpiry: boolean;
}

/** A connection as the gateway sees it. */
export interface Member {
  /** True once CONNECTED was sent. */
  readonly established: boolean;
  /** True until somebody has begun to end it. */
  readonly open: boolean;
  /** Starts the close handshake, which is bounded. */
  close(code: number, reason: string): void;
}

/** What every connection shares. */
export interface GatewayServices extends GatewayOptions {
  readonly session: SessionOptions;
  readonly wheel: Wheel;
  readonly liveMessages: LiveMessages;
  /** CONNECTED was sent. */
  established(version: string): void;
  /** Nothing is left of the connection but perhaps its socket. */
  removed(member: Member): void;
  /** The socket is closed, and its file descriptor free. */
  socketClosed(): void;
}
