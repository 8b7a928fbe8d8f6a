import { AuthError } from "../../auth/auth_error.ts";
import type { Authenticate } from "../../auth/authenticator.ts";
import type { Principal } from "../../auth/principal.ts";
import { getLogger } from "../../log/log.ts";
import type { Clock } from "../../time/clock.ts";
import { sleep } from "../../time/sleep.ts";

/**
 * How long a command is held whose token cannot be checked just now: as long as one that meets a
 * store that is away. Backends do not ask again.
 */
export const HOLD_MS = 60_000;
/** How soon it is tried again. */
const PAUSE_MS = 1_000;
/** Commands that are held at once; the next one is answered as it is. */
export const MAX_HELD = 1_000;

const logger = getLogger("rest");

/** Authenticates commands, and waits while the key of a token cannot be had. */
export class Patience {
  #held = 0;

  constructor(
    readonly authenticate: Authenticate,
    readonly clock: Clock,
  ) {}

  /** @throws {AuthError} the token is not accepted, or could not be checked for {@linkcode HOLD_MS}. */
  async identify(authorization: string | undefined): Promise<Principal> {
    const giveUpAt = this.clock.now() + HOLD_MS;
    let held = false;
    try {
      for (;;) {
        try {
          return await this.authenticate(authorization, "request");
        } catch (error) {
          const mayWait = passes(error) && this.clock.now() < giveUpAt;
          if (!mayWait || (!held && this.#held >= MAX_HELD)) throw error;
          if (!held) this.#begin(error as AuthError);
          held = true;
        }
        await sleep(this.clock, PAUSE_MS);
      }
    } finally {
      if (held) this.#end();
    }
  }

  /** One line when the first is held, and one when nobody is any more. */
  #begin(error: AuthError): void {
    if (this.#held++ > 0) return;
    logger.warn(
      "A command is held for up to {seconds} s, because its token cannot be checked now: {reason}. " +
        "See that the key server can be reached: deno task doctor",
      { seconds: HOLD_MS / 1_000, code: error.code, reason: error.message },
    );
  }

  #end(): void {
    if (--this.#held === 0) logger.info("No command is held any more");
  }
}

/** Whether another attempt may have another verdict. */
function passes(error: unknown): boolean {
  return error instanceof AuthError && (error.code === "busy" || error.code === "key_unavailable");
}
