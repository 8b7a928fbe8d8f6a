/**
 * One of the two groups of keys, with what its tokens must say.
 *
 * @module
 */

import { BoundedMap } from "../base/bounded_map.ts";
import type { Clock } from "../time/clock.ts";
import { AuthError, mostTelling } from "./auth_error.ts";
import { quote } from "../base/quote.ts";
import { type ClaimRules, type Moment, principalOf, type TokenKind } from "./claims.ts";
import type { Channel } from "./channel.ts";
import type { KeySource } from "./key_source.ts";
import type { DecodedToken } from "./token.ts";
import type { Verdict } from "./verdict_cache.ts";
import type { VerificationKey } from "./verification_key.ts";

/** Which tokens of a group are accepted. */
export interface TokenRules extends ClaimRules {
  readonly keySources: readonly KeySource[];
}

/** Resolves when `key` signed the token. @throws {AuthError} it did not. */
export type Verify = (token: DecodedToken, key: VerificationKey) => Promise<void>;

/** One verification: its moment, its deadline, and who does the mathematics. */
export interface Attempt extends Moment {
  readonly verify: Verify;
  /** How the token came. */
  readonly channel: Channel;
  /** @throws {AuthError} `shared_key`: the key that signed belongs to the other group too. */
  readonly vet: (key: VerificationKey, kind: TokenKind) => void;
  /** When the caller gives up waiting for keys, by the clock. */
  readonly deadline: number;
}

/** All that a token may take to get its key, whichever servers are asked. */
export const KEY_DEADLINE_MS = 5_000;

/** Keys that are known to have signed tokens of a group; key servers have as many in use. */
const MAX_SIGNERS = 4_096;

/** The tokens of one group: their keys and what their claims must say. */
export class TokenGroup {
  readonly kind: TokenKind;
  /** By fingerprint. */
  readonly #signers = new BoundedMap<string, true>(MAX_SIGNERS);
  readonly #rules: TokenRules;
  readonly #clock: Clock;

  constructor(kind: TokenKind, rules: TokenRules, clock: Clock) {
    this.kind = kind;
    this.#rules = rules;
    this.#clock = clock;
  }

  /**
   * Whether the key with this fingerprint is one of the group: it stands in the operator's own
   * sources, or has signed a token here.
   */
  has(fingerprint: string): boolean {
    return this.#signers.get(fingerprint) === true ||
      this.#rules.keySources.some((source) => source.holds(fingerprint));
  }

  /**
   * The claims are looked at before the key: what could not be accepted anyway, such as the expired
   * tokens of clients that come back, costs neither a request nor a signature.
   *
   * @throws {AuthError} it is no token of this group.
   */
  async accept(token: DecodedToken, attempt: Attempt): Promise<Verdict> {
    const principal = principalOf(this.kind, token.payload, { ...this.#rules, ...attempt });
    const sources = candidates(this.kind, this.#rules, token);
    const local = sources.filter(isLocal);
    const remote = sources.filter((source) => !isLocal(source));
    const errors: AuthError[] = [];
    for (const some of [local, remote]) {
      try {
        // At the same time, so that a server that hangs does not hold up another.
        const tries = some.map((source) => this.#signer(source, token, attempt));
        const key = await Promise.any(tries);
        attempt.vet(key, this.kind);
        this.#signers.set(key.fingerprint, true);
        return { principal, key };
      } catch (error) {
        errors.push(...authErrors(error));
      }
    }
    throw new AuthError(mostTelling(errors), errors.map((error) => error.message).join("; "));
  }

  /** The key of `source` that signed the token. */
  async #signer(
    source: KeySource,
    token: DecodedToken,
    attempt: Attempt,
  ): Promise<VerificationKey> {
    refuseForeignTenant(this.kind, source, token, this.#rules);
    const keys = await this.#inTime(source.find(token.header, attempt.channel), attempt);
    try {
      return await firstSigner(keys, token, attempt.verify);
    } catch (error) {
      if (!(error instanceof AuthError) || error.code === "malformed") throw error;
      // The key may have been exchanged under its name.
      await this.#inTime(source.renew(token.header, attempt.channel), attempt);
      const found = await this.#inTime(source.find(token.header, attempt.channel), attempt);
      const renewed = found.filter((key) => !keys.includes(key));
      if (renewed.length === 0) throw error;
      return await firstSigner(renewed, token, attempt.verify);
    }
  }

  async #inTime<T>(answer: Promise<T>, { deadline }: Attempt): Promise<T> {
    const late = Promise.withResolvers<never>();
    using _timer = this.#clock.after(Math.max(0, deadline - this.#clock.now()), () => {
      const text = `no key server answered within ${KEY_DEADLINE_MS / 1000} s`;
      late.reject(new AuthError("key_unavailable", text));
    });
    return await Promise.race([answer, late.promise]);
  }
}

/**
 * Of several keys, the one that signed the token. Those of its algorithm are tried in turn.
 *
 * @throws {AuthError} none did.
 */
export async function firstSigner(
  keys: readonly VerificationKey[],
  token: DecodedToken,
  verify: Verify,
): Promise<VerificationKey> {
  const fitting = keys.filter(({ algorithm }) => algorithm === token.header.alg);
  let failure: unknown;
  // Where none fits, the first says so.
  for (const key of fitting.length > 0 ? fitting : keys.slice(0, 1)) {
    try {
      await verify(token, key);
      return key;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/**
 * The sources that may hold the key of the token.
 *
 * @throws {AuthError} there is none.
 */
export function candidates(
  kind: TokenKind,
  { keySources }: TokenRules,
  { header: { alg } }: DecodedToken,
): readonly KeySource[] {
  if (keySources.length === 0) {
    throw new AuthError("unknown_key", `no key for ${kind} tokens is set`);
  }
  const sources = keySources.filter(({ algorithms }) => algorithms.some((one) => one === alg));
  if (sources.length > 0) return sources;
  const accepted = new Set(keySources.flatMap((source) => source.algorithms));
  throw new AuthError(
    "algorithm",
    `alg is ${quote(alg)}; the keys for ${kind} tokens take ${[...accepted].join(", ")}`,
  );
}

/**
 * Where a source serves keys of many tenants, a client token must be for the tenant of its key:
 * `sub` is the prefix of the key id. Or the prefix is the issuer, as the ASAP specification has it;
 * that counts only for an issuer that the operator accepts by name, since anyone can write any `iss`.
 *
 * @throws {AuthError} `claims`
 */
export function refuseForeignTenant(
  kind: TokenKind,
  source: KeySource,
  { header, payload: { sub, iss } }: DecodedToken,
  { issuers }: ClaimRules,
): void {
  const tenant = source.tenantOf(header);
  if (kind === "system" || tenant === undefined) return;
  if (typeof sub === "string" && sub.toLowerCase() === tenant.toLowerCase()) return;
  if (iss === tenant && issuers.includes(tenant)) return;
  throw new AuthError(
    "claims",
    `the key belongs to ${quote(tenant)} (its kid), and sub is ${
      quote(sub)
    }; they must be equal, ` +
      `or ${quote(tenant)} must be the issuer and be accepted by name`,
  );
}

/** Whether its key is at hand; only when such a key did not sign is a server asked. */
function isLocal(source: KeySource): boolean {
  return source.kind === "secret" || source.kind === "pem";
}

/** What `Promise.any` gathered. An error of another kind is a fault here, not of the token. */
function authErrors(error: unknown): AuthError[] {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.map((one) => {
    if (one instanceof AuthError) return one;
    throw one;
  });
}
