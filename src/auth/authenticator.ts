/**
 * From the value of an `Authorization` header to a principal (docs/protocol.md, Tokens).
 *
 * @module
 */

import { BoundedMap } from "../base/bounded_map.ts";
import { getLogger } from "../log/log.ts";
import type { KnownSignatures } from "./known_signatures.ts";
import { type Clock, systemClock } from "../time/clock.ts";
import { AuthError, mostTelling } from "./auth_error.ts";
import { type Channel, perChannel } from "./channel.ts";
import { carriesUser, DEFAULT_TOLERANCE_SEC, type Moment, type TokenKind } from "./claims.ts";
import type { AnonymousPrincipal, Principal } from "./principal.ts";
import type { RememberedKids } from "./remembered_kids.ts";
import type { RevocationCheck } from "./revocation.ts";
import { SignatureCheck } from "./signature_check.ts";
import { bearerToken, type DecodedToken, decodeToken } from "./token.ts";
import { KEY_DEADLINE_MS, TokenGroup, type TokenRules } from "./token_group.ts";
import { type Verdict, VerdictCache } from "./verdict_cache.ts";

export { AuthError, type AuthErrorCode } from "./auth_error.ts";
export { DEFAULT_TOLERANCE_SEC } from "./claims.ts";
export type { TokenRules } from "./token_group.ts";

/** The rules for both groups of tokens, and what is shared with other isolates. */
/** {@linkcode Authenticator.authenticate}, for those who need no more of it. */
export type Authenticate = (
  authorization: string | undefined,
  channel?: Channel,
) => Principal | Promise<Principal>;

export interface AuthenticatorOptions {
  /** Tokens of visitors and moderators. */
  client: TokenRules;
  /** Tokens of backends and SIP gateways. */
  system: TokenRules;
  /** Whoever brings no token at all may wait (`JWT_ALLOW_EMPTY`). */
  allowEmpty: boolean;
  /** How far `exp` and `nbf` may be off. Default 30. */
  clockToleranceSec?: number;
  clock?: Clock;
  /** What other isolates of the process have checked. */
  knownSignatures?: KnownSignatures;
  /** Which keys backends have used before. */
  rememberedKids?: RememberedKids;
  /** Asked of every token that is accepted otherwise. Absent: none is revoked. */
  revocations?: RevocationCheck;
}

/** Tokens of a channel that are being verified at once; the next one is told `busy`... */
const MAX_PENDING = 10_000;
/** ...and their characters. */
const MAX_PENDING_CHARS = 32 * 1024 * 1024;
/** Keys in both groups that are remembered as told. */
const MAX_SHARED = 64;
/** An ASAP key server is asked by key id alone. */
const ANY_ALGORITHM = "RS256";

const logger = getLogger("auth");
const ANONYMOUS: AnonymousPrincipal = { kind: "anonymous" };

/** Owns the key sources of its options: disposing it disposes them. */
export class Authenticator implements AsyncDisposable {
  readonly #options: AuthenticatorOptions;
  readonly #clock: Clock;
  readonly #client: TokenGroup;
  readonly #system: TokenGroup;
  readonly #signatures = new SignatureCheck();
  readonly #verdicts = new VerdictCache();
  readonly #pending: Readonly<Record<Channel, Pending>> = perChannel(() => new Pending());
  /** Keys found in both groups, by fingerprint: each is told once. */
  readonly #shared = new BoundedMap<string, true>(MAX_SHARED);

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#client = new TokenGroup("client", options.client, this.#clock);
    this.#system = new TokenGroup("system", options.system, this.#clock);
  }

  /**
   * Who `authorization` (`Bearer` and a JWT, `undefined` when the header is absent) speaks for. The
   * answer is at once for a token that is known, and for no token.
   *
   * @param channel how it came.
   * @throws {AuthError} thrown or rejected with: it is not accepted.
   */
  authenticate(
    authorization: string | undefined,
    channel: Channel = "socket",
  ): Principal | Promise<Principal> {
    if (authorization === undefined || authorization.trim() === "") return this.#anonymous();
    const text = bearerToken(authorization);
    const id = VerdictCache.idOf(text);
    const standing = this.#verdicts.standing(id, this.#moment())?.principal;
    if (standing) return this.#unrevoked(standing);
    return this.#pending[channel].run(id, text, (token) => this.#verify(id, token, channel));
  }

  /** Fetches the keys that backends have used before, each with its one try. Never fails. */
  async fetchKeys(): Promise<void> {
    const { system: { keySources }, rememberedKids } = this.#options;
    const servers = keySources.filter(({ kind }) => kind === "asap");
    const sets = keySources.filter(({ kind }) => kind === "jwks");
    const kids = servers.length > 0 ? await rememberedKids?.recall() ?? [] : [];
    const header = { alg: ANY_ALGORITHM, kid: undefined };
    await Promise.allSettled([
      ...sets.map((source) => source.renew(header, "request")),
      ...kids.flatMap((kid) =>
        servers.map((source) => source.find({ alg: ANY_ALGORITHM, kid }, "request"))
      ),
    ]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    const { client, system } = this.#options;
    for (const source of [...client.keySources, ...system.keySources]) source[Symbol.dispose]();
    return Promise.resolve();
  }

  #anonymous(): AnonymousPrincipal {
    if (this.#options.allowEmpty) return ANONYMOUS;
    throw new AuthError("missing", "there is no token: send Authorization: Bearer <JWT>");
  }

  async #verify(id: string, token: DecodedToken, channel: Channel): Promise<Principal> {
    const verdict = await this.#verdict(id, token, channel);
    this.#verdicts.set(id, verdict);
    return this.#unrevoked(verdict.principal);
  }

  /** Asked each time: a verdict is remembered for longer than it takes to revoke a token. */
  #unrevoked<P extends Verdict["principal"]>(principal: P): P {
    if (!this.#options.revocations?.isRevoked(principal)) return principal;
    throw new AuthError("revoked", "the token was revoked");
  }

  /**
   * A token that carries a user is only ever tried with client keys, so no client key, even one that
   * got among the system keys, makes a backend of a participant.
   */
  async #verdict(id: string, token: DecodedToken, channel: Channel): Promise<Verdict> {
    const attempt = {
      ...this.#moment(),
      channel,
      deadline: this.#clock.now() + KEY_DEADLINE_MS,
      vet: (key: Verdict["key"], kind: TokenKind) => this.#vet(key, kind),
      verify: async (token: DecodedToken, key: Verdict["key"]) => {
        const { knownSignatures } = this.#options;
        if (this.#verdicts.signedBy(id, key) || knownSignatures?.has(id, key)) return;
        await this.#signatures.run(token, key);
        knownSignatures?.add(id, key);
      },
    };
    if (carriesUser(token.payload)) return await this.#client.accept(token, attempt);
    try {
      const verdict = await this.#system.accept(token, attempt);
      const { kid } = token.header;
      if (kid !== undefined) this.#options.rememberedKids?.worked(kid);
      return verdict;
    } catch (asSystem) {
      if (!(asSystem instanceof AuthError)) throw asSystem;
      return await this.#client.accept(token, attempt).catch((asClient) => {
        throw asClient instanceof AuthError ? both(asSystem, asClient) : asClient;
      });
    }
  }

  /**
   * With a key in both groups, whoever signs tokens for visitors could sign one that opens every
   * conference. What the settings show is refused at the start; this finds what servers and files
   * bring later.
   */
  #vet(key: Verdict["key"], kind: TokenKind): void {
    const other = kind === "client" ? this.#system : this.#client;
    if (!other.has(key.fingerprint)) return;
    if (this.#shared.get(key.fingerprint) === undefined) {
      this.#shared.set(key.fingerprint, true);
      logger.error(
        "A key is a client key and a system key, so its tokens are refused: give the backend a key " +
          "of its own (algorithm {algorithm})",
        { algorithm: key.algorithm },
      );
    }
    throw new AuthError(
      "shared_key",
      "its key is a client key and a system key: give the backend one of its own",
    );
  }

  #moment(): Moment {
    return {
      nowSec: this.#clock.wall() / 1000,
      toleranceSec: this.#options.clockToleranceSec ?? DEFAULT_TOLERANCE_SEC,
    };
  }
}

/** What is being verified for one channel. */
class Pending {
  /** By the hash of the token: who brings the same one meanwhile waits for the same verdict. */
  readonly #verdicts = new Map<string, Promise<Principal>>();
  #chars = 0;

  /** @throws {AuthError} `busy`; `malformed`: it is no token. */
  run(
    id: string,
    text: string,
    verify: (token: DecodedToken) => Promise<Principal>,
  ): Promise<Principal> {
    const same = this.#verdicts.get(id);
    if (same) return same;
    const full = this.#verdicts.size >= MAX_PENDING ||
      this.#chars + text.length > MAX_PENDING_CHARS;
    if (full) throw new AuthError("busy", "too many tokens are being verified");
    const verdict = verify(decodeToken(text)).finally(() => {
      this.#verdicts.delete(id);
      this.#chars -= text.length;
    });
    this.#verdicts.set(id, verdict);
    this.#chars += text.length;
    return verdict;
  }
}

function both(asSystem: AuthError, asClient: AuthError): AuthError {
  return new AuthError(
    mostTelling([asSystem, asClient]),
    `as a system token: ${asSystem.message}; as a client token: ${asClient.message}`,
  );
}
