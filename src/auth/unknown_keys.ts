/**
 * Keys that nobody has asked for before, of a server that has one document for each.
 *
 * @module
 */

import { BoundedMap } from "../base/bounded_map.ts";
import type { Clock } from "../time/clock.ts";
import { AuthError, type AuthErrorCode } from "./auth_error.ts";
import { FetchPace } from "./fetch_pace.ts";
import { COOLDOWN_MS, ERROR_COOLDOWN_MS } from "./key_document.ts";
import { sleep } from "../time/sleep.ts";

/**
 * How long a key that a server does not have is not asked for again. A key may be used before it is
 * published; then this is how long its tokens are refused.
 */
export const ABSENT_MS = COOLDOWN_MS;
/** Keys remembered as absent. */
const MAX_ABSENT = 10_000;

/** Without the error itself, whose stack and cause are large. */
interface Absence {
  readonly code: AuthErrorCode;
  readonly message: string;
  readonly until: number;
}

/** Asks for them at a pace, each once at a time, and remembers which there are not. By URL. */
export class UnknownKeys<T> {
  readonly #clock: Clock;
  readonly #pace: FetchPace;
  readonly #absent = new BoundedMap<string, Absence>(MAX_ABSENT);
  /** Bounded by {@linkcode FetchPace}: nothing stays longer than a request may take. */
  readonly #arriving = new Map<string, Promise<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pace = new FetchPace(clock);
  }

  /**
   * Whoever asks for the same key meanwhile waits for the same request.
   *
   * @param request is given how many milliseconds have passed in waiting for its turn.
   * @throws {AuthError} there is no such key, it cannot be had, or `busy`.
   */
  async ask(url: string, request: (waitedMs: number) => Promise<T>): Promise<T> {
    const absence = this.#absent.get(url);
    if (absence && absence.until > this.#clock.now()) {
      throw new AuthError(absence.code, absence.message);
    }
    return await (this.#arriving.get(url) ?? this.#start(url, request));
  }

  /** Notes why a key cannot be had. */
  remember(url: string, { code, message }: AuthError): void {
    const ms = code === "unknown_key" ? ABSENT_MS : ERROR_COOLDOWN_MS;
    this.#absent.set(url, { code, message, until: this.#clock.now() + ms });
  }

  #start(url: string, request: (waitedMs: number) => Promise<T>): Promise<T> {
    const arriving = this.#inTurn(url, request).finally(() => this.#arriving.delete(url));
    this.#arriving.set(url, arriving);
    return arriving;
  }

  async #inTurn(url: string, request: (waitedMs: number) => Promise<T>): Promise<T> {
    const waitMs = this.#pace.reserve();
    if (waitMs === undefined) throw new AuthError("busy", "too many unknown keys are asked for");
    if (waitMs > 0) await sleep(this.#clock, waitMs);
    try {
      return await request(waitMs);
    } catch (error) {
      if (error instanceof AuthError) this.remember(url, error);
      throw error;
    }
  }
}
