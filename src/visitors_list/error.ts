/**
 * `unavailable`: the store cannot be reached; `busy`: a bound is met, and it may be tried again;
 * `conference`: the meeting is one of another conference.
 */
export type VisitorsListErrorCode = "unavailable" | "busy" | "conference";

/** A list cannot be read or changed just now, or not by this caller. */
export class VisitorsListError extends Error {
  override readonly name = "VisitorsListError";

  constructor(readonly code: VisitorsListErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
