/**
 * Why a connection ended.
 *
 * @module
 */

/**
 * Every reason, with what it means. The first reason counts: a peer that is closed for a `drain` and
 * then never answers the Close is counted as `drain`.
 */
export const CLOSE_REASONS = {
  client: "the peer closed it, said goodbye, or its TCP connection ended",
  drain: "the server goes away",
  auth: "its token was refused",
  forbidden: "it asked for what its token does not allow",
  protocol: "it broke the rules of its protocol",
  too_big: "it sent a message or a frame above a bound",
  connect_timeout: "it did not say who it is in time",
  overdue: "it began a frame and did not complete it in time",
  silent: "it neither sent anything nor answered pings",
  slow: "it did not read what was sent to it",
  flood: "it sent too much in too short a time",
  memory: "there was no memory for strangers",
  crowded: "it was the oldest of too many that had not said who they are",
  expired: "its token expired, where that ends a connection",
  full: "the conference has no room for one more visitor",
  token_full: "there were too many connections with its token",
  unavailable: "its token could not be checked just now",
  gap: "the bus is away or lost something, so it could miss an event",
  fault: "the server failed",
} as const;

/** One of {@linkcode CLOSE_REASONS}. */
export type CloseReason = keyof typeof CLOSE_REASONS;
