import type { EndCause } from "./view.ts";
import type { Place } from "./place.ts";

/** Told of what happens in the queue of this isolate, at once. No method may throw or take long. */
export interface QueueObserver {
  /** The store has taken in that the conference is live, or is not any more. */
  turned(key: string, to: "live" | "ended", why?: EndCause): void;
  /** A visitor has come to the end of the line. */
  arrived(key: string, place: Place): void;
  /** A visitor has been told. */
  told(key: string, place: Place): void;
  /** A visitor has left before it was told. */
  left(key: string, place: Place): void;
}
