/**
 * What a client's frame asks for: each function reads one command and refuses what the standard or
 * this module does not allow in it. None has an effect.
 *
 * @module
 */

import { StompError } from "./error.ts";
import type { Frame } from "./frame.ts";
import { type HeartBeat, parseHeartBeat } from "./heart_beat.ts";
import type { SessionLimits } from "./limits.ts";
import type { AckMode, SubscriptionName } from "./subscription.ts";
import { exceedsOctets, keep } from "./utf8.ts";
import { negotiateVersion, type Version } from "./version.ts";

/** What a CONNECT asks for. */
export interface ConnectRequest {
  readonly version: Version;
  readonly heartBeat: HeartBeat;
  /** Whether the client spoke of heart-beats at all. */
  readonly hasHeartBeat: boolean;
  /** Gets no RECEIPT, but a refusal names it. */
  readonly receipt: string | undefined;
}

/**
 * Reads a CONNECT or STOMP. `host`, `login` and `passcode` are ignored, and `host` may be missing
 * although 1.1 and 1.2 demand it: the clients in the field send none.
 *
 * @throws {StompError} `unsupported-version`, `bad-header`, `malformed-frame`
 */
export function readConnect(frame: Frame): ConnectRequest {
  const { headers } = frame;
  const version = negotiateVersion(headers.get("accept-version"));
  forbidBody(frame, version);
  const heartBeat = parseHeartBeat(headers.get("heart-beat"));
  return {
    version,
    heartBeat,
    hasHeartBeat: headers.has("heart-beat"),
    receipt: headers.get("receipt"),
  };
}

/** What reading a frame of an open session depends on. */
export interface ReadOptions {
  readonly version: Version;
  readonly limits: SessionLimits;
}

/** What a SUBSCRIBE asks for. */
export interface SubscribeRequest extends SubscriptionName {
  readonly destination: string;
  readonly ack: AckMode;
}

/** Reads a SUBSCRIBE. @throws {StompError} `malformed-frame`, `bad-header`, `too-large` */
export function readSubscribe(frame: Frame, options: ReadOptions): SubscribeRequest {
  const { headers } = frame;
  const { version, limits } = options;
  forbidBody(frame, version);
  const id = readId(headers, version);
  const destination = headers.get("destination");
  if (!destination) throw new StompError("bad-header", "Missing destination");
  if (exceedsOctets(destination, limits.destination)) {
    throw new StompError("too-large", "Destination too long");
  }
  if (id !== undefined && exceedsOctets(id, limits.subscriptionId)) {
    throw new StompError("too-large", "Subscription id too long");
  }
  return {
    id: id === undefined ? undefined : keep(id),
    destination: keep(destination),
    ack: readAckMode(headers.get("ack")),
  };
}

/**
 * Reads an UNSUBSCRIBE. Where it has an id, that alone counts.
 *
 * @throws {StompError} `malformed-frame`, `bad-header`
 */
export function readUnsubscribe(frame: Frame, version: Version): SubscriptionName {
  const { headers } = frame;
  forbidBody(frame, version);
  const id = readId(headers, version);
  if (id !== undefined) return { id, destination: undefined };
  const destination = headers.get("destination");
  if (!destination) throw new StompError("bad-header", "Missing id and destination");
  return { id, destination };
}

/** What an acknowledgment must name, by version. */
const ACKNOWLEDGED: Readonly<Record<Version, readonly string[]>> = {
  "1.0": ["message-id"],
  "1.1": ["message-id", "subscription"],
  "1.2": ["id"],
};

/** Checks an ACK or NACK. @throws {StompError} `malformed-frame`, `bad-header` */
export function checkAcknowledgment(frame: Frame, version: Version): void {
  forbidBody(frame, version);
  const missing = ACKNOWLEDGED[version].find((name) => !frame.headers.get(name));
  if (missing !== undefined) throw new StompError("bad-header", `Missing ${missing}`);
}

/** "An id header MUST be included" since 1.1; in 1.0 the destination may stand for it. */
function readId(headers: ReadonlyMap<string, string>, version: Version): string | undefined {
  const id = headers.get("id") || undefined;
  if (id === undefined && version !== "1.0") throw new StompError("bad-header", "Missing id");
  return id;
}

function readAckMode(ack: string | undefined): AckMode {
  switch (ack) {
    case undefined:
    case "auto":
      return "auto";
    case "client":
    case "client-individual":
      return ack;
    default:
      throw new StompError("bad-header", "Bad ack header");
  }
}

/**
 * "Only the SEND, MESSAGE, and ERROR frames MAY have a body": 1.0 does not say so, and ends of line
 * before the NUL are a common slip.
 *
 * @throws {StompError} `malformed-frame`
 */
export function forbidBody({ body }: Frame, version: Version): void {
  if (version === "1.0" || body.every(isWhitespace)) return;
  throw new StompError("malformed-frame", "Body not allowed");
}

function isWhitespace(octet: number): boolean {
  return octet === 0x20 || octet === 0x09 || octet === 0x0a || octet === 0x0d;
}
