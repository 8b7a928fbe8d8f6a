/**
 * The server's side of STOMP 1.0, 1.1 and 1.2: frames, their parser and serializer, and a session.
 * Pure: it knows no socket, no timer and no token.
 *
 * @example
 * ```ts
 * const session = new Session(host, { heartBeatMs: 10_000, desiredBeatMs: 60_000 });
 * socket.onmessage = ({ data }) => session.receive(data);
 * socket.onclose = () => session.closed();
 * ```
 *
 * @module
 */

export {
  SessionCloseError,
  StompError,
  type StompErrorCode,
  type StompErrorOptions,
} from "./error.ts";
export { escapeHeader } from "./escape.ts";
export type { Frame } from "./frame.ts";
export type { SessionHost, SessionInfo, SessionOptions } from "./host.ts";
export { defaultLimits, type FrameLimits, type SessionLimits } from "./limits.ts";
export { Parser, type ParserRules } from "./parser.ts";
export {
  type ConnectedOptions,
  encodeConnected,
  encodeError,
  encodeMessage,
  encodeReceipt,
  type ErrorFrameOptions,
  type MessageOptions,
  type MessageTarget,
} from "./serializer.ts";
export { Session } from "./session.ts";
export type { SessionState } from "./states.ts";
export type { AckMode, Subscription, SubscriptionName } from "./subscription.ts";
export type { Version } from "./version.ts";
