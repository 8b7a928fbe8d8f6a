/**
 * What a parsed frame is.
 *
 * @module
 */

/** One frame as it was received, its headers unescaped. */
export interface Frame {
  /** Case sensitive (STOMP 1.2, Augmented BNF); not checked to be one that the standard knows. */
  readonly command: string;
  /** The first value of each name (STOMP 1.2, Repeated Header Entries). */
  readonly headers: ReadonlyMap<string, string>;
  /** A view of what was received, not a copy: it holds as long as the caller leaves that alone. */
  readonly body: Uint8Array;
  /** The length on the wire, from the first octet of the command to the NUL, which counts. */
  readonly octets: number;
}

/** Whether `command` opens a session. STOMP is CONNECT under another name (STOMP 1.2, CONNECT). */
export function isConnect(command: string): boolean {
  return command === "CONNECT" || command === "STOMP";
}
