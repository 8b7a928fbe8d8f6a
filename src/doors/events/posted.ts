/**
 * An event that somebody else has published, on the stream.
 *
 * @module
 */

import type { StreamEvent } from "../../stream/event.ts";

/** What clients get is its text, to the octet. */
export interface PostedEvent extends StreamEvent {
  readonly type: "posted";
  readonly name: string;
  /** JSON. */
  readonly text: string;
  /** What a token must allow; `null`: nothing; absent: nobody gets it. */
  readonly requiredAcl?: string | null | undefined;
  /** The service that it comes from; absent: this one. */
  readonly origin?: string | undefined;
}

export function isPosted(event: StreamEvent): event is PostedEvent {
  return event.type === "posted";
}
