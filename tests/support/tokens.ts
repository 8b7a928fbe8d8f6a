import { SignJWT } from "jose";
import { KEYS } from "./service.ts";

/** Claims of a token, and how long it lives. */
interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly secret?: string;
  readonly ttlSec?: number;
}

async function sign(
  claims: Readonly<Record<string, unknown>>,
  secret: string,
  ttlSec: number,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({ exp: now + ttlSec, ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}

/** A client token of `room`; `user` is its context.user. */
export function clientToken(
  room: string,
  user: Readonly<Record<string, unknown>>,
  options: TokenOptions = {},
): Promise<string> {
  const { claims = {}, secret = KEYS.JWT_APP_SECRET, ttlSec = 3_600 } = options;
  const all = { iss: "tests", aud: "tests", sub: "*", room, context: { user }, ...claims };
  return sign(all, secret, ttlSec);
}

export function visitorToken(room: string, options?: TokenOptions): Promise<string> {
  return clientToken(room, { role: "visitor" }, options);
}

export function moderatorToken(room: string, options?: TokenOptions): Promise<string> {
  return clientToken(room, { moderator: true }, options);
}

/** A system token, as a backend has it. */
export function systemToken(options: TokenOptions = {}): Promise<string> {
  const { claims = {}, secret = KEYS.SYSTEM_JWT_SECRET, ttlSec = 3_600 } = options;
  return sign({ iss: "jitsi", aud: "jitsi", ...claims }, secret, ttlSec);
}
