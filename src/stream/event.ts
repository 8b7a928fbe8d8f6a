/**
 * What all events of the stream have in common. The domain that an event comes from declares its
 * type, and what else it says.
 *
 * @module
 */

/** Whom an event is for. It is a part of the event, so that no door decides that by itself. */
export interface Audience {
  /** The canonical name of the conference that it is about: for those whom its scope allows it. */
  readonly conference?: string | undefined;
  /** Whose it is where it is about no conference; absent: for those alone who see all tenants. */
  readonly tenant?: string | undefined;
  /** The ids of the users that it is for; `*` is everybody; nobody: for those who see all users. */
  readonly users: readonly string[];
}

/** Something that happened. All of it is plain JSON. */
export interface StreamEvent {
  /** Which of the events of its domain; no two domains have the same. */
  readonly type: string;
  /** A UUID; the same wherever the event is heard. */
  readonly id: string;
  /** When it happened, in milliseconds since the epoch. */
  readonly at: number;
  readonly audience: Audience;
}

/**
 * The place of an event in a row that several isolates write. Of a row everybody hears each step
 * once, and in order: a step brings the one before it along.
 */
export interface Step {
  /** What the row is of. */
  readonly row: string;
  /** Larger than that of the step before. */
  readonly n: number;
  /** The step before, where it is known. */
  readonly before?: { readonly n: number; readonly event: StreamEvent } | undefined;
}
