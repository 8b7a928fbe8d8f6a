/**
 * Heart-beats: what a peer says of them, and what follows for both directions (STOMP 1.2,
 * Heart-beating).
 *
 * @module
 */

import { StompError } from "./error.ts";

/** One side of the negotiation, in milliseconds; 0 is "cannot" and "does not want". */
export interface HeartBeat {
  /** The longest silence that this side guarantees. */
  readonly sends: number;
  /** The longest silence that this side wants to see. */
  readonly wants: number;
}

const NONE: HeartBeat = { sends: 0, wants: 0 };

/** Spaces around the numbers are tolerated, since clients in the field send them. */
const HEADER = /^[ \t]*(\d+)[ \t]*,[ \t]*(\d+)[ \t]*$/;

/** The longest delay that a timer takes; a longer one would fire at once, over and over. */
const MAX_DELAY_MS = 2 ** 31 - 1;

const LINE_FEED = 0x0a;

/** How many of the peer's intervals may pass in silence: room for errors of timing. */
const MARGIN = 2.5;

/** A hidden browser tab beats once a minute whatever it promised; 2.5 such minutes. */
const MIN_TIMEOUT_MS = 150_000;

/**
 * Reads a `heart-beat` header; without one there are no beats.
 *
 * @throws {StompError} `bad-header`: it is not two numbers.
 */
export function parseHeartBeat(header: string | undefined): HeartBeat {
  if (header === undefined) return NONE;
  const [, sends, wants] = HEADER.exec(header) ?? [];
  if (sends === undefined || wants === undefined) {
    throw new StompError("bad-header", "Bad heart-beat header");
  }
  return { sends: toDelay(Number(sends)), wants: toDelay(Number(wants)) };
}

/** How often we beat, in milliseconds: the slower of the two wishes; 0 is never. */
export function outgoingBeatMs(ours: HeartBeat, theirs: HeartBeat): number {
  if (ours.sends === 0 || theirs.wants === 0) return 0;
  return toDelay(Math.max(ours.sends, theirs.wants));
}

/** After how many milliseconds of silence the peer counts as dead; 0 is never. */
export function incomingTimeoutMs(ours: HeartBeat, theirs: HeartBeat): number {
  if (ours.wants === 0 || theirs.sends === 0) return 0;
  return toDelay(Math.max(MARGIN * Math.max(ours.wants, theirs.sends), MIN_TIMEOUT_MS));
}

/** Whether a whole message is one beat: that is most of what is ever received. */
export function isHeartBeat(data: string | Uint8Array): boolean {
  if (typeof data === "string") return data === "\n";
  return data.length === 1 && data[0] === LINE_FEED;
}

function toDelay(ms: number): number {
  return Math.min(ms, MAX_DELAY_MS);
}
