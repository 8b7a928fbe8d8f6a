/**
 * What the arguments say of a token.
 *
 * @module
 */

import type { TokenSpec } from "../auth/mint.ts";
import type { KeySettings, Settings } from "../config/config.ts";
import { parseDuration } from "./duration.ts";
import { UsageError } from "./usage_error.ts";

/** The options that say what a token is to hold. */
export const TOKEN_OPTIONS = [
  "room",
  "tenant",
  "ttl",
  "name",
  "kid",
  "key",
  "issuer",
  "audience",
  "user",
  "jti",
  "acl",
  "session",
  "purpose",
] as const;

/** What it may be told with no value. */
export const TOKEN_FLAGS = ["admin"] as const;

/** Those options as they were written. */
export type TokenValues = { readonly [N in (typeof TOKEN_OPTIONS)[number]]?: string };

const DEFAULT_TTL = "1h";
/** Where any is accepted: what Prosody and JaaS put in. */
const ANY_ISSUER = "jitsi";
/** The service takes no longer claim. */
const MAX_NAME_CHARS = 1023;

/** @throws {UsageError} */
export function tokenSpec(
  positionals: readonly string[],
  { values, admin }: { readonly values: TokenValues; readonly admin: boolean },
  settings: Settings,
): TokenSpec {
  const kind = kindOf(positionals);
  if (kind === "system" && values.user !== undefined) {
    throw new UsageError("--user is for visitors and moderators: a system token has no user");
  }
  if (kind === "system" && values.name !== undefined) {
    throw new UsageError("--name is for visitors and moderators: a system token has no user");
  }
  const keys = kind === "system" ? settings.systemKeys : settings.clientKeys;
  return {
    kind,
    room: roomOf(values.room),
    tenant: claimOf("tenant", values.tenant) ?? tenantOfKey(kind, values.kid),
    ttlSec: parseDuration(values.ttl ?? DEFAULT_TTL),
    issuer: values.issuer ?? firstNamed(keys.issuers),
    audience: values.audience ?? firstNamed(keys.audiences),
    name: values.name,
    user: claimOf("user", values.user),
    jti: claimOf("jti", values.jti),
    acl: values.acl?.split(",").map((pattern) => pattern.trim()).filter((pattern) =>
      pattern !== ""
    ),
    session: claimOf("session", values.session),
    admin,
    purpose: claimOf("purpose", values.purpose),
  };
}

/** The least powerful one where none is named. */
function kindOf([kind = "visitor", ...more]: readonly string[]): TokenSpec["kind"] {
  const known = kind === "visitor" || kind === "moderator" || kind === "system";
  if (known && more.length === 0) return kind;
  throw new UsageError("Give one kind of token: visitor, moderator or system");
}

function roomOf(room: string | undefined): string | undefined {
  if (room?.includes("@")) {
    throw new UsageError("--room is what stands before the @; the tenant goes into --tenant");
  }
  return claimOf("room", room);
}

function claimOf(name: string, value: string | undefined): string | undefined {
  if (value === undefined || value.length <= MAX_NAME_CHARS) return value;
  throw new UsageError(`--${name} has more than ${MAX_NAME_CHARS} characters`);
}

/** A key `tenant/name` of an ASAP key server speaks for its tenant alone. */
function tenantOfKey(kind: TokenSpec["kind"], kid: string | undefined): string | undefined {
  return kind !== "system" && kid?.includes("/") ? kid.slice(0, kid.indexOf("/")) : undefined;
}

function firstNamed(accepted: KeySettings["issuers"]): string {
  return accepted.find((one) => one !== "*") ?? ANY_ISSUER;
}
