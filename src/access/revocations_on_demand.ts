import type { ClientPrincipal, SystemPrincipal } from "../auth/principal.ts";
import type { RevocationCheck } from "../auth/revocation.ts";
import { Revocations, type RevocationsOptions } from "./revocations.ts";

/** The revocations of a service of which a door may need them, or none: then no token is revoked. */
export class RevocationsOnDemand implements RevocationCheck, Disposable {
  readonly #options: RevocationsOptions;
  #opening: Promise<Revocations> | undefined;
  #revocations: Revocations | undefined;

  constructor(options: RevocationsOptions) {
    this.#options = options;
  }

  /** Keeps them up from now on, for all who ask. */
  readonly open = (): Promise<Revocations> => this.#opening ??= this.#open();

  isRevoked(principal: ClientPrincipal | SystemPrincipal): boolean {
    return this.#revocations?.isRevoked(principal) ?? false;
  }

  [Symbol.dispose](): void {
    this.#revocations?.[Symbol.dispose]();
  }

  async #open(): Promise<Revocations> {
    return this.#revocations = await Revocations.open(this.#options);
  }
}
