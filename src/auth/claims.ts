/**
 * What a token must say to be accepted, and who it then speaks for (docs/protocol.md, Tokens).
 *
 * @module
 */

import { AuthError, type AuthErrorCode } from "./auth_error.ts";
import { eventClaimsOf } from "./event_claims.ts";
import { quote } from "../base/quote.ts";
import type { ClientPrincipal, EventClaims, Principal, SystemPrincipal } from "./principal.ts";
import { isObject, type JsonObject } from "./token.ts";
import { featuresOf, idOf, userOf } from "./user.ts";

/** Which of the two kinds of token one is tried as. */
export type TokenKind = "client" | "system";

/** What the claims of a group of tokens must say. */
export interface ClaimRules {
  /** Accepted `iss`; `*` is any. */
  readonly issuers: readonly string[];
  /** Accepted `aud`; `*` is any. */
  readonly audiences: readonly string[];
}

/** The moment at which a token is judged. */
export interface Moment {
  /** Seconds since the epoch. */
  readonly nowSec: number;
  readonly toleranceSec: number;
}

/** One claim against what is expected of it. */
export interface ClaimVerdict {
  readonly claim: string;
  readonly ok: boolean;
  /** The error that it is when not `ok`. */
  readonly code: AuthErrorCode;
  /** What the claim is, and what it should be; put into words only when somebody asks. */
  readonly text: () => string;
}

/** How far `exp` and `nbf` may be off, as clocks are (CONTRACT section 4). */
export const DEFAULT_TOLERANCE_SEC = 30;

/** A claim may be as long as the name of a conference, and no longer: principals are remembered. */
const MAX_NAME_CHARS = 1023;

/** A token that carries `context.user` speaks for a participant, and is never a system token. */
export function carriesUser(payload: JsonObject): boolean {
  return isObject(payload["context"]) && Object.hasOwn(payload["context"], "user");
}

/** Every claim that matters, in the order in which they are looked at. */
export function judgeClaims(
  kind: TokenKind,
  payload: JsonObject,
  rules: ClaimRules & Moment,
): ClaimVerdict[] {
  const required = kind === "client";
  return [
    judgeExpiry(payload["exp"], rules),
    judgeNotBefore(payload["nbf"], rules),
    judgeIssuer(payload["iss"], rules.issuers),
    judgeAudience(payload["aud"], rules.audiences),
    judgeName("room", payload["room"], required),
    judgeName("sub", payload["sub"], required),
    judgeContext(payload["context"]),
  ];
}

/**
 * The principal of a token whose signature is good.
 *
 * @throws {AuthError} a claim is not accepted.
 */
export function principalOf(
  kind: TokenKind,
  payload: JsonObject,
  rules: ClaimRules & Moment,
): ClientPrincipal | SystemPrincipal {
  const wrong = judgeClaims(kind, payload, rules).find((verdict) => !verdict.ok);
  if (wrong) throw new AuthError(wrong.code, wrong.text());
  return kind === "client" ? clientPrincipal(payload) : systemPrincipal(payload);
}

/** Whether a token with this `exp` is still accepted. */
export function isCurrent(expiresAt: number, { nowSec, toleranceSec }: Moment): boolean {
  return expiresAt > nowSec - toleranceSec;
}

/**
 * Until when a principal that is accepted at `nowSec` stands, in seconds since the epoch: until its
 * token expires, or, where it was accepted after that, as long as it would be accepted.
 */
export function standsUntil(
  principal: Principal,
  nowSec: number,
  toleranceSec = DEFAULT_TOLERANCE_SEC,
): number {
  if (principal.kind === "anonymous") return Infinity;
  const { expiresAt } = principal;
  return expiresAt > nowSec ? expiresAt : expiresAt + toleranceSec;
}

function clientPrincipal(payload: JsonObject): ClientPrincipal {
  const context = isObject(payload["context"]) ? payload["context"] : undefined;
  const user = userOf(context?.["user"]);
  const features = featuresOf(context?.["features"]);
  return {
    kind: "client",
    role: roleOf(context),
    room: payload["room"] as string,
    tenant: payload["sub"] as string,
    expiresAt: payload["exp"] as number,
    ...issueOf(payload),
    ...(user && { user }),
    ...(features && { features }),
  };
}

function systemPrincipal(payload: JsonObject): SystemPrincipal {
  return {
    kind: "system",
    room: payload["room"] as string | undefined,
    tenant: payload["sub"] as string | undefined,
    expiresAt: payload["exp"] as number,
    ...issueOf(payload),
  };
}

/** Of no weight for the verdict, so one that is malformed is as good as none. */
function issueOf(
  payload: JsonObject,
): Pick<ClientPrincipal, "tokenId" | "issuedAt" | keyof EventClaims> {
  const { jti, iat } = payload;
  const tokenId = idOf(jti);
  return {
    ...(tokenId !== undefined && { tokenId }),
    ...(isNumericDate(iat) && { issuedAt: iat }),
    ...eventClaimsOf(payload),
  };
}

/** Only `true` and `"true"` make a moderator (`"false"` is a string that is truthy). */
function roleOf(context: unknown): ClientPrincipal["role"] {
  const user = isObject(context) ? context["user"] : undefined;
  if (!isObject(user)) return "participant";
  if (user["role"] === "visitor") return "visitor";
  const moderator = user["moderator"];
  return moderator === true || moderator === "true" ? "moderator" : "participant";
}

function judgeExpiry(exp: unknown, moment: Moment): ClaimVerdict {
  if (!isNumericDate(exp)) return verdict("exp", false, "claims", () => noDate("exp", exp));
  return verdict("exp", isCurrent(exp, moment), "expired", () => distance("exp", exp, moment));
}

function judgeNotBefore(nbf: unknown, moment: Moment): ClaimVerdict {
  if (nbf === undefined) {
    return verdict("nbf", true, "claims", () => "nbf is absent, which is fine");
  }
  if (!isNumericDate(nbf)) return verdict("nbf", false, "claims", () => noDate("nbf", nbf));
  const ok = nbf <= moment.nowSec + moment.toleranceSec;
  return verdict("nbf", ok, "not_yet_valid", () => distance("nbf", nbf, moment));
}

function accepted(values: readonly string[]): string {
  return `accepted: ${values.join(", ")}`;
}

function judgeIssuer(iss: unknown, issuers: readonly string[]): ClaimVerdict {
  const ok = typeof iss === "string" && iss !== "" && isAccepted(iss, issuers);
  return verdict(
    "iss",
    ok,
    "issuer",
    () => iss === undefined ? "iss is missing" : `iss is ${quote(iss)}; ${accepted(issuers)}`,
  );
}

/** RFC 7519 section 4.1.3: one string, or an array of strings of which one is ours. */
function judgeAudience(aud: unknown, audiences: readonly string[]): ClaimVerdict {
  const list: unknown[] = Array.isArray(aud) ? aud : [aud];
  const wellFormed = list.every((entry) => typeof entry === "string" && entry !== "");
  const ok = wellFormed && list.some((entry) => isAccepted(entry as string, audiences));
  const text = () =>
    aud === undefined ? "aud is missing" : `aud is ${quote(aud)}; ${accepted(audiences)}`;
  return verdict("aud", ok, "audience", text);
}

function judgeName(claim: string, value: unknown, required: boolean): ClaimVerdict {
  if (value === undefined && !required) {
    return verdict(claim, true, "claims", () => `${claim} is absent: no limit`);
  }
  const ok = typeof value === "string" && value !== "" && value.length <= MAX_NAME_CHARS;
  const expected = ok ? "" : `; it must be a string of 1 to ${MAX_NAME_CHARS} characters`;
  return verdict(claim, ok, "claims", () => `${claim} is ${quote(value)}${expected}`);
}

function judgeContext(context: unknown): ClaimVerdict {
  if (context === undefined) return verdict("context", true, "claims", () => "context is absent");
  if (!isObject(context)) {
    return verdict("context", false, "claims", () => "context is not an object");
  }
  return verdict("context", true, "claims", () => {
    const { role, moderator } = isObject(context["user"]) ? context["user"] : {};
    return `context.user.role is ${quote(role)}, context.user.moderator is ${quote(moderator)}: ` +
      `a ${roleOf(context)}`;
  });
}

function isAccepted(value: string, accepted: readonly string[]): boolean {
  return accepted.includes("*") || accepted.includes(value);
}

/** RFC 7519 section 2, NumericDate: a JSON number, which may have a fraction. */
function isNumericDate(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function noDate(claim: string, value: unknown): string {
  return `${claim} is ${quote(value)}; it must be a number of seconds`;
}

function distance(claim: string, date: number, { nowSec, toleranceSec }: Moment): string {
  const ago = Math.round(nowSec - date);
  const text = ago > 0 ? `${claim} was ${ago} s ago` : `${claim} is in ${-ago} s`;
  return `${text}; the leeway is ${toleranceSec} s`;
}

function verdict(
  claim: string,
  ok: boolean,
  code: AuthErrorCode,
  text: () => string,
): ClaimVerdict {
  return { claim, ok, code, text };
}
