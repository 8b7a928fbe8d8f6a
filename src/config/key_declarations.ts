/**
 * The settings of the two groups of keys.
 *
 * @module
 */

import type { KeyPart } from "../auth/key_settings.ts";
import type { Declarations } from "./declaration.ts";
import { asapMappings, baseUrl, httpUrl, list, opaque } from "./schemas.ts";

const SECRET = "a secret, best 32 octets or longer";
const PEM = "a PEM public key, or paths of files or folders that hold some";
const PEM_DOC =
  "public key (RS256, ES256, EdDSA): PEM; or paths, with commas between, of files or " +
  "of folders with `.pem` files, one key each.";

/** Keys of visitors and moderators. */
export const CLIENT_KEYS = {
  JWT_APP_SECRET: {
    schema: opaque(SECRET),
    doc: "Client tokens: HS256 secret.",
    key: true,
    secret: true,
  },
  JWT_PUBLIC_KEY: {
    schema: opaque(PEM),
    doc: `Client tokens: ${PEM_DOC}`,
    key: true,
    secret: true,
  },
  JWT_JWKS_URL: {
    schema: httpUrl(),
    doc: "Client tokens: URL of a JSON Web Key Set.",
    key: true,
  },
  JWT_ASAP_KEYSERVER: {
    schema: baseUrl(),
    doc: "Client tokens: ASAP key server; a key is at `{base}/{sha256hex(kid)}.pem`.",
    key: true,
  },
  JWT_ASAP_MAPPINGS: {
    schema: asapMappings(),
    doc: "Client tokens: ASAP key servers by `kid`, the first that fits: " +
      '`[{"kid":"tenant/","baseUrl":"https://keys.example"}]`. A `kid` is a prefix, or a pattern ' +
      "that begins with `^`. Needs `XMPP_DOMAIN`.",
    key: true,
    secret: true,
  },
  JWT_ACCEPTED_ISSUERS: { schema: list(), default: "*", doc: "Client tokens: accepted `iss`." },
  JWT_ACCEPTED_AUDIENCES: { schema: list(), default: "*", doc: "Client tokens: accepted `aud`." },
} as const satisfies Declarations;

/** Keys of backends and SIP gateways. */
export const SYSTEM_KEYS = {
  SYSTEM_JWT_SECRET: {
    schema: opaque(SECRET),
    doc: "System tokens: HS256 secret.",
    key: true,
    secret: true,
  },
  SYSTEM_JWT_PUBLIC_KEY: {
    schema: opaque(PEM),
    doc: `System tokens: ${PEM_DOC}`,
    key: true,
    secret: true,
  },
  SYSTEM_JWT_JWKS_URL: {
    schema: httpUrl(),
    doc: "System tokens: URL of a JSON Web Key Set.",
    key: true,
  },
  SYSTEM_JWT_ASAP_KEYSERVER: {
    schema: baseUrl(),
    doc: "System tokens: ASAP key server.",
    key: true,
  },
  SYSTEM_JWT_ASAP_MAPPINGS: {
    schema: asapMappings(),
    doc: "System tokens: ASAP key servers by `kid`.",
    key: true,
    secret: true,
  },
  SYSTEM_JWT_ACCEPTED_ISSUERS: {
    schema: list(),
    default: "jitsi",
    doc: "System tokens: accepted `iss`.",
  },
  SYSTEM_JWT_ACCEPTED_AUDIENCES: {
    schema: list(),
    default: "jitsi",
    doc: "System tokens: accepted `aud`.",
  },
} as const satisfies Declarations;

/** Which setting each part of a group comes from. */
export const KEY_NAMES = {
  client: {
    secret: "JWT_APP_SECRET",
    publicKey: "JWT_PUBLIC_KEY",
    jwksUrl: "JWT_JWKS_URL",
    asapKeyServer: "JWT_ASAP_KEYSERVER",
    asapMappings: "JWT_ASAP_MAPPINGS",
  },
  system: {
    secret: "SYSTEM_JWT_SECRET",
    publicKey: "SYSTEM_JWT_PUBLIC_KEY",
    jwksUrl: "SYSTEM_JWT_JWKS_URL",
    asapKeyServer: "SYSTEM_JWT_ASAP_KEYSERVER",
    asapMappings: "SYSTEM_JWT_ASAP_MAPPINGS",
  },
} as const satisfies Record<"client" | "system", Record<KeyPart, string>>;
