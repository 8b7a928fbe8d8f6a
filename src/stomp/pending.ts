/**
 * Frames that a client sent behind its CONNECT, before the verdict on it.
 *
 * @module
 */

import { StompError } from "./error.ts";
import type { Frame } from "./frame.ts";
import type { SessionLimits } from "./limits.ts";

/** A bounded queue, made only while a verdict is awaited. */
export class PendingFrames {
  readonly #limits: SessionLimits;
  readonly #frames: Frame[] = [];
  #octets = 0;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  /** In the order in which they came. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** Whether the last frame ends the session, so that nothing behind it will be executed. */
  get ended(): boolean {
    return this.#frames.at(-1)?.command === "DISCONNECT";
  }

  /** @throws {StompError} `limit-exceeded` */
  add(frame: Frame): void {
    // The body is a view of octets that are the caller's again after this call.
    this.#frames.push({ ...frame, body: new Uint8Array(frame.body) });
    this.#octets += frame.octets;
    this.check(0);
  }

  /** @param buffered The octets of an unfinished frame. @throws {StompError} `limit-exceeded` */
  check(buffered: number): void {
    const { pendingFrames, pendingOctets } = this.#limits;
    if (this.#frames.length > pendingFrames || this.#octets + buffered > pendingOctets) {
      throw new StompError("limit-exceeded", "Too much sent before CONNECTED");
    }
  }
}
