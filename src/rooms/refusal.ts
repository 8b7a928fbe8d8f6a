/**
 * Why something was not done. A refusal is a value: each door says it in its own words.
 *
 * @module
 */

export type RefusalCode =
  /** There is no such room, or no more. */
  | "unknown_room"
  /** The room has no place for another user. */
  | "full"
  /** The room has a place, but the newcomer cannot cope with as many as are in it. */
  | "too_many_to_handle"
  /** Who asks has no part in the room, or no more. */
  | "not_inside"
  /** Who asks does not stand on the room's list. */
  | "not_listed"
  /** The owner has as many rooms as it may. */
  | "owner_full"
  /** The house has as many rooms as it may. */
  | "house_full"
  /** Another room is bound to that conference. */
  | "bound_elsewhere"
  /** As many changes of the room are waiting as may. */
  | "busy";

export interface Refused {
  readonly refused: RefusalCode;
}

export function refuse(refused: RefusalCode): Refused {
  return { refused };
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === "object" && value !== null && "refused" in value;
}

/** The store cannot be reached, or others changed the same thing all the time. Try again later. */
export class RoomsUnavailableError extends Error {
  override readonly name = "RoomsUnavailableError";
}
