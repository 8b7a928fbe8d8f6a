/**
 * Who is in a list, and how it changes.
 *
 * @module
 */

/** The most visitors of one list; who joins a full one is left out. */
export const MAX_VISITORS = 20_000;
/** The most characters of a name; a longer one is cut. jitsi-meet takes 50. */
export const MAX_NAME_CHARS = 100;
/** The most characters of a visitor's id. */
export const MAX_ID_CHARS = 64;
/** The most characters of a meeting's id. */
export const MAX_MEETING_CHARS = 128;

/** Somebody in a meeting. */
export interface Visitor {
  /** The resource of the nick in the meeting's room. */
  readonly id: string;
  /** As shown; may be empty. */
  readonly name: string;
}

/** A visitor joins, joins again under another name, or leaves. */
export interface Change extends Visitor {
  readonly type: "join" | "leave";
}

/** Control characters and what turns the direction of a line's other text around. */
const UNSHOWN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A stranger's name as it is kept: well-formed, of one line, and short. */
export function keptName(name: string): string {
  // Put together anew, because a slice would keep the whole text in memory.
  const characters = [...name.slice(0, 2 * MAX_NAME_CHARS).toWellFormed().replaceAll(UNSHOWN, "")];
  return characters.slice(0, MAX_NAME_CHARS).join("");
}
