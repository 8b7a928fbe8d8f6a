/**
 * How the door ends a connection. The reasons say what was wrong and never repeat what was sent.
 *
 * @module
 */

import { defaultClosings, type EndpointClosings } from "../../gateway/endpoint.ts";
import type { Closing } from "../../gateway/protocol.ts";

export const NO_TOKEN: Closing = { code: 4001, reason: "no token", why: "auth" };
export const REFUSED: Closing = { code: 4002, reason: "authentication failed", why: "auth" };
export const EXPIRED: Closing = { code: 4003, reason: "authentication expired", why: "expired" };
export const TOO_MANY_MESSAGES: Closing = {
  code: 1008,
  reason: "too many messages",
  why: "flood",
};
export const TOO_MANY_SUBSCRIPTIONS: Closing = {
  code: 1008,
  reason: "too many subscriptions",
  why: "flood",
};
export const TOO_BIG: Closing = { code: 1009, reason: "", why: "too_big" };
export const FAULT: Closing = { code: 1011, reason: "", why: "fault" };
export const BUS_LOST: Closing = { code: 1011, reason: "bus connection lost", why: "gap" };
export const NO_BUS: Closing = { code: 1011, reason: "bus connection error", why: "gap" };
export const SLOW: Closing = { code: 1013, reason: "slow consumer", why: "slow" };
export const NO_AUTHENTICATION: Closing = {
  code: 1013,
  reason: "authentication unavailable",
  why: "unavailable",
};

/** What was sent is no message of the protocol. @param what at most 100 octets */
export function unreadable(what: string): Closing {
  return { code: 4004, reason: what, why: "protocol" };
}

/** What the gateway says by itself. */
export const EVENTS_CLOSINGS: EndpointClosings = {
  ...defaultClosings,
  drain: { code: 1001, reason: "", why: "drain" },
};
