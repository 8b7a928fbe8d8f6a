/**
 * Tells the log of a key server that cannot be used: once when it begins, once when it ends.
 *
 * @module
 */

import { getLogger } from "../log/log.ts";
import type { Clock } from "../time/clock.ts";
import { AuthError } from "./auth_error.ts";

/** A server that answers for one key and fails for the next does not fill the log. */
const CALM_MS = 60_000;

const logger = getLogger("auth");

/** Tells the log once when a key server cannot be reached, and once when it can again. */
export class KeyServerOutage {
  readonly #server: string;
  readonly #clock: Clock;
  #since: number | undefined;
  #saidAt = -Infinity;
  #refused = 0;

  constructor(server: string, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  /** An attempt has failed. */
  goesOn(reason: Error): void {
    const now = this.#clock.now();
    if (this.#since !== undefined || now - this.#saidAt < CALM_MS) return;
    this.#since = now;
    this.#saidAt = now;
    logger.warn("Cannot get keys from {server}: {reason}", {
      server: this.#server,
      reason: reason.message,
    });
  }

  /** A token was refused with `error`, perhaps for want of its key. */
  refused(error: unknown): void {
    if (this.#since === undefined || !(error instanceof AuthError)) return;
    if (error.code === "key_unavailable") this.#refused++;
  }

  /** The server has answered. */
  ended(): void {
    if (this.#since === undefined) return;
    const seconds = Math.round((this.#clock.now() - this.#since) / 1000);
    logger.info(
      "Keys come from {server} again, after {seconds} s in which {refused} tokens were refused",
      { server: this.#server, seconds, refused: this.#refused },
    );
    this.#since = undefined;
    this.#refused = 0;
  }
}
