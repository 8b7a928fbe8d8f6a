import type { Revocations } from "../../access/revocations.ts";
import type { Clock, Timer } from "../../time/clock.ts";
import { EXPIRED } from "./closings.ts";
import type { Hub } from "./hub.ts";

/** How long a client has to renew a token that was revoked. */
const RENEWAL_MS = 2_000;
/** How often the connections are looked through, after a revocation and for so long. */
const LOOK_MS = 250;
const LOOKS_MS = RENEWAL_MS + 4 * LOOK_MS;

/** Closes connections whose token was revoked, a moment later: some are just renewing it. */
export class RevokedConnections implements Disposable {
  readonly #listening: Disposable;
  #timer: Timer | undefined;
  #until = 0;

  constructor(readonly hub: Hub, readonly revocations: Revocations, readonly clock: Clock) {
    this.#listening = revocations.onRevoked(() => {
      this.#until = clock.now() + LOOKS_MS;
      this.#timer ??= clock.every(LOOK_MS, () => this.#look());
    });
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
  }

  #look(): void {
    for (const connection of this.hub.connections) {
      const { tokenId } = connection;
      if (tokenId === undefined) continue;
      if (this.revocations.revokedForMs(tokenId) >= RENEWAL_MS) connection.close(EXPIRED);
    }
    if (this.clock.now() < this.#until) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
