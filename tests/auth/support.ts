import assert from "node:assert/strict";
import { createHash, createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { AuthError } from "../../src/auth/auth_error.ts";
import { Authenticator, type AuthenticatorOptions } from "../../src/auth/authenticator.ts";
import { type KeySettings, keySourcesFrom } from "../../src/auth/key_settings.ts";
import { FakeClock } from "../support/fake_clock.ts";

export const SECRET = "client-secret-of-32-octets-00000";
export const SYSTEM_SECRET = "system-secret-of-32-octets-00000";

type Json = Readonly<Record<string, unknown>>;

/** An authenticator on a clock that stands still, and what tokens need of it. */
export interface Setup extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly auth: Authenticator;
  readonly options: AuthenticatorOptions;
  /** The time of the clock, in seconds. */
  readonly now: number;
}

export interface SetupOptions {
  client?: KeySettings;
  system?: KeySettings;
  clientRules?: { issuers: string[]; audiences: string[] };
  allowEmpty?: boolean;
}

export function setup(options: SetupOptions = {}): Setup {
  const clock = new FakeClock();
  const { client = { secret: SECRET }, system = { secret: SYSTEM_SECRET } } = options;
  const anyone = { issuers: ["*"], audiences: ["*"] };
  const parts: AuthenticatorOptions = {
    client: { keySources: keySourcesFrom(client, { clock }), ...options.clientRules ?? anyone },
    system: {
      keySources: keySourcesFrom(system, { clock }),
      issuers: ["jitsi"],
      audiences: ["jitsi"],
    },
    allowEmpty: options.allowEmpty ?? false,
    clock,
  };
  const auth = new Authenticator(parts);
  return {
    clock,
    auth,
    options: parts,
    get now() {
      return clock.wall() / 1000;
    },
    [Symbol.asyncDispose]: () => auth[Symbol.asyncDispose](),
  };
}

/** The claims of a visitor's token as JaaS makes it. */
export function visitorClaims(now: number, claims: Json = {}): Json {
  return {
    iss: "chat",
    aud: "jitsi",
    sub: "tenanta",
    room: "room",
    exp: now + 3_600,
    nbf: now,
    context: { user: { role: "visitor" } },
    ...claims,
  };
}

/** The claims of Prosody's token. */
export function systemClaims(now: number, claims: Json = {}): Json {
  return { iss: "jitsi", aud: "jitsi", nbf: now, exp: now + 3_600, ...claims };
}

/** A part of a token: JSON, or a text as it is. */
export function part(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString(
    "base64url",
  );
}

/** A token whose signature is good, whatever its parts say. */
export function hs256(
  payload: unknown,
  options: { header?: unknown; secret?: string } = {},
): string {
  const { header = { alg: "HS256", typ: "JWT" }, secret = SECRET } = options;
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

/** The code with which a token (or a whole header value) is refused; `accepted`. */
export async function verdict(auth: Authenticator, token: string): Promise<string> {
  return (await refusal(auth, token))?.code ?? "accepted";
}

export async function refusal(auth: Authenticator, token: string): Promise<AuthError | undefined> {
  try {
    await auth.authenticate(/\s/.test(token) ? token : `Bearer ${token}`);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    const signature = token.split(".")[2] ?? "";
    // A made-up signature of a few characters may also stand in a port number.
    const shown = signature.length > 16 && error.message.includes(signature);
    assert.ok(!shown, "a message holds the signature");
    return error;
  }
}

/** A key pair of a kind, and tokens signed with it. */
export interface Signer {
  readonly pem: string;
  readonly privatePem: string;
  readonly jwk: Json;
  sign(claims: Json, header?: Json): Promise<string>;
}

export type KeyKind =
  | "ed25519"
  | "p256"
  | "p384"
  | "rsa2048"
  | "rsa1024"
  | "rsa4096"
  | "rsa4160"
  | "rsapss";

const ALG: Record<KeyKind, string> = {
  ed25519: "EdDSA",
  p256: "ES256",
  p384: "ES384",
  rsa2048: "RS256",
  rsa1024: "RS256",
  rsa4096: "RS256",
  rsa4160: "RS256",
  rsapss: "PS256",
};

/** Ed25519 unless the kind matters: making an RSA key takes long. */
export function signer(kind: KeyKind = "ed25519"): Signer {
  const { publicKey, privateKey } = keyPair(kind);
  return {
    pem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    get privatePem() {
      return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    },
    jwk: kind === "rsapss" ? {} : { ...publicKey.export({ format: "jwk" }) },
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: ALG[kind], typ: "JWT", ...header })
        .sign(privateKey),
  };
}

function keyPair(kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (kind) {
    case "ed25519":
      return generateKeyPairSync("ed25519");
    case "p256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "p384":
      return generateKeyPairSync("ec", { namedCurve: "P-384" });
    case "rsa2048":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "rsa1024":
      return generateKeyPairSync("rsa", { modulusLength: 1024 });
    case "rsa4096":
      return generateKeyPairSync("rsa", { modulusLength: 4096 });
    case "rsa4160":
      return generateKeyPairSync("rsa", { modulusLength: 4160 });
    case "rsapss":
      return generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
  }
}

/** The path under which an ASAP key server has the key of a kid. */
export function asapPath(kid: string): string {
  return `/${createHash("sha256").update(kid).digest("hex")}.pem`;
}
