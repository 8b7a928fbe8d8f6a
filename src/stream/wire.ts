/**
 * What isolates say to each other about the stream.
 *
 * @module
 */

import { defineTopic, type Topic } from "../bus/topic.ts";
import type { Step, StreamEvent } from "./event.ts";

/** An event, and its place in a row. */
export interface Item {
  readonly event: StreamEvent;
  readonly step?: Step | undefined;
}

/**
 * `seq` counts the messages with events of the sender. Without events it says how many there were,
 * so that the loss of the last ones is noticed.
 */
export interface StreamMessage {
  readonly seq: number;
  readonly items: readonly Item[];
}

/** Where the sender stands itself. */
export interface Standing {
  readonly seq: number;
}

/** The topic of all events: every isolate that serves them is on it. */
export const STREAM: Topic<StreamMessage, Standing> = defineTopic("stream", {
  message: { safeParse: (value) => ({ data: isMessage(value) ? value : undefined }) },
  answer: { safeParse: (value) => ({ data: hasSeq(value) ? value : undefined }) },
});

// By hand: an event may be long, and each isolate reads all of them.

function isMessage(value: unknown): value is StreamMessage {
  return hasSeq(value) && "items" in value && Array.isArray(value.items) &&
    value.items.every((item) => isEvent(item?.event));
}

function hasSeq(value: unknown): value is Standing {
  return typeof value === "object" && value !== null && "seq" in value &&
    Number.isSafeInteger(value.seq);
}

function isEvent(value: unknown): value is StreamEvent {
  if (typeof value !== "object" || value === null) return false;
  const { type, id, at, audience } = value as Partial<StreamEvent>;
  return typeof type === "string" && typeof id === "string" && typeof at === "number" &&
    Array.isArray(audience?.users);
}
