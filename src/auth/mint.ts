/**
 * Makes tokens, for demo mode and for operators who try the service out.
 *
 * @module
 */

import { createPrivateKey } from "node:crypto";
import { type CryptoKey, importPKCS8, type JWTPayload, SignJWT } from "jose";
import type { Algorithm } from "./public_key.ts";

/** What a token is to say. */
export interface TokenSpec {
  readonly kind: "visitor" | "moderator" | "system";
  /** Default for a visitor or moderator: any. A system token without it is not limited. */
  readonly room?: string | undefined;
  readonly tenant?: string | undefined;
  readonly ttlSec: number;
  readonly issuer: string;
  readonly audience: string;
  /** The name of the user, of a visitor or moderator. */
  readonly name?: string | undefined;
  /** The id of the user, of a visitor or moderator. */
  readonly user?: string | undefined;
  /** What it says of itself and of events; see {@linkcode EventClaims}. */
  readonly jti?: string | undefined;
  readonly acl?: readonly string[] | undefined;
  readonly session?: string | undefined;
  readonly admin?: boolean | undefined;
  readonly purpose?: string | undefined;
}

/** What signs: a shared secret, or a private key in PEM form and the key id it is published under. */
export type SigningKey = string | { readonly pem: string; readonly kid?: string | undefined };

/** @returns the token, compact. @throws {TypeError} the PEM is no private key that can be used. */
export async function mintToken(spec: TokenSpec, key: SigningKey): Promise<string> {
  const nowSec = Math.floor(Date.now() / 1000);
  const jwt = new SignJWT(claimsOf(spec))
    .setIssuer(spec.issuer)
    .setAudience(spec.audience)
    .setIssuedAt(nowSec)
    .setNotBefore(nowSec)
    .setExpirationTime(nowSec + spec.ttlSec);
  if (typeof key === "string") {
    const header = { alg: "HS256", typ: "JWT" };
    return await jwt.setProtectedHeader(header).sign(new TextEncoder().encode(key));
  }
  const { alg, material } = await signer(key.pem);
  const kid = key.kid === undefined ? {} : { kid: key.kid };
  return await jwt.setProtectedHeader({ alg, typ: "JWT", ...kid }).sign(material);
}

function claimsOf({ kind, room, tenant, name, user: id, ...spec }: TokenSpec): JWTPayload {
  const { jti, acl, session, admin, purpose } = spec;
  const more = {
    ...(jti === undefined ? {} : { jti }),
    ...(acl === undefined ? {} : { acl: [...acl] }),
    ...(session === undefined ? {} : { session }),
    ...(admin ? { admin } : {}),
    ...(purpose === undefined ? {} : { purpose }),
  };
  if (kind === "system") {
    return {
      ...more,
      ...(room === undefined ? {} : { room }),
      ...(tenant === undefined ? {} : { sub: tenant }),
    };
  }
  const user = {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(kind === "visitor" ? { role: "visitor" } : { moderator: true }),
  };
  return { ...more, room: room ?? "*", sub: tenant ?? "*", context: { user } };
}

async function signer(pem: string): Promise<{ alg: Algorithm; material: CryptoKey }> {
  const key = createPrivateKey(pem);
  const alg = ALGORITHMS[key.asymmetricKeyType ?? ""];
  if (alg === undefined) {
    throw new TypeError(`Cannot sign with a key of the kind ${key.asymmetricKeyType}`);
  }
  const pkcs8 = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { alg, material: await importPKCS8(pkcs8, alg) };
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  rsa: "RS256",
  ec: "ES256",
  ed25519: "EdDSA",
};
