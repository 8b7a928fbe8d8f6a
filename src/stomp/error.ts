/**
 * How a session refuses and ends: one class for what the peer is told in an ERROR frame, one for a
 * clean close without one.
 *
 * @module
 */

/**
 * The WebSocket close code of each refusal (RFC 6455, 7.4.1): 1002 for a breach of the protocol,
 * 1008 for authentication and policy, 1009 for what is too big.
 */
const CLOSE_CODES = {
  "already-connected": 1002,
  "bad-command": 1002,
  "bad-header": 1002,
  "duplicate-subscription": 1002,
  "forbidden": 1008,
  "limit-exceeded": 1008,
  "malformed-frame": 1002,
  "not-connected": 1002,
  "not-supported": 1008,
  "too-large": 1009,
  "unauthorized": 1008,
  "unknown-subscription": 1002,
  "unsupported-version": 1002,
} as const;

/** What went wrong, for programs: stable, unlike the message. */
export type StompErrorCode = keyof typeof CLOSE_CODES;

/** What a {@linkcode StompError} may carry besides its code and message. */
export interface StompErrorOptions extends ErrorOptions {
  /** The text/plain body of the ERROR frame; the message again when there is none. */
  readonly detail?: string | undefined;
  /** More headers of the ERROR frame, such as `version`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The peer is refused: it gets an ERROR frame, then a Close with {@linkcode closeCode}. `message`
 * and `detail` go out as they are, so they hold neither a token nor a stack nor text of the peer.
 */
export class StompError extends Error {
  override readonly name = "StompError";
  readonly code: StompErrorCode;
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  /** @param message Short, one line: the `message` header of the ERROR frame. */
  constructor(code: StompErrorCode, message: string, options: StompErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.detail = options.detail;
    this.headers = options.headers;
  }

  /** The code of the Close frame that follows the ERROR frame. */
  get closeCode(): 1002 | 1008 | 1009 {
    return CLOSE_CODES[this.code];
  }
}

/**
 * The session ends by a clean close without an ERROR frame: for drain and overload, because clients
 * in the field give up after a few ERROR frames and come back for ever after a clean close.
 */
export class SessionCloseError extends Error {
  override readonly name = "SessionCloseError";

  /**
   * @param closeCode 1001 or 1012 for drain, 1013 for overload.
   * @param reason At most 123 octets, the most that a Close frame holds (RFC 6455, 5.5.1).
   */
  constructor(readonly closeCode: number, readonly reason: string, options?: ErrorOptions) {
    super(`Session closed with ${closeCode}: ${reason}`, options);
  }
}
