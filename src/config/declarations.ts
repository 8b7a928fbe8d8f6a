/**
 * Every setting, declared once. The parser, the checks, the list of names and the table in the
 * README are derived from here.
 *
 * @module
 */

import type { z } from "zod";
import {
  asapMappings,
  basePath,
  baseUrl,
  decimal,
  domain,
  filePath,
  flag,
  host,
  httpUrl,
  integer,
  list,
  logLevel,
  oneOf,
  opaque,
  origin,
  redisUrl,
} from "./schemas.ts";

/** One setting. */
export interface Declaration {
  readonly schema: z.ZodType<unknown>;
  /** As an operator would write it; absent: the setting is unset unless it is given. */
  readonly default?: string;
  /** What the table shows where the default is computed. */
  readonly shownDefault?: string;
  readonly doc: string;
}

const SECRET = "a secret, best 32 octets or longer";
const PEM = "a PEM public key or the path of one";
const HOUR_MS = 3_600_000;

/** In the order of the table. */
export const DECLARATIONS = {
  PORT: {
    schema: integer(0, 65_535),
    default: "8060",
    doc: "Port of everything; `0` lets the system choose one.",
  },
  HOST: { schema: host(), default: "0.0.0.0", doc: "Address to listen on." },
  BASE_PATH: {
    schema: basePath(),
    default: "/waiting-queue",
    doc: "Every path is served under it too, not only at the root; `/`: at the root alone.",
  },
  WORKERS: {
    schema: integer(1, 256),
    shownDefault: "number of cores",
    doc: "Isolates that share the port. Always 1 on Deno Deploy.",
  },
  JWT_APP_SECRET: { schema: opaque(SECRET), doc: "Client tokens: HS256 secret." },
  JWT_PUBLIC_KEY: {
    schema: opaque(PEM),
    doc: "Client tokens: public key (RS256, ES256, EdDSA), PEM or a path.",
  },
  JWT_JWKS_URL: { schema: httpUrl(), doc: "Client tokens: URL of a JSON Web Key Set." },
  JWT_ASAP_KEYSERVER: {
    schema: baseUrl(),
    doc: "Client tokens: ASAP key server; a key is at `{base}/{sha256hex(kid)}.pem`.",
  },
  JWT_ASAP_MAPPINGS: {
    schema: asapMappings(),
    doc: "Client tokens: ASAP key servers by `kid`, the first pattern that fits: " +
      '`[{"kid":"^tenant/","baseUrl":"https://keys.example"}]`.',
  },
  JWT_ACCEPTED_ISSUERS: { schema: list(), default: "*", doc: "Client tokens: accepted `iss`." },
  JWT_ACCEPTED_AUDIENCES: { schema: list(), default: "*", doc: "Client tokens: accepted `aud`." },
  JWT_ALLOW_EMPTY: {
    schema: flag(),
    default: "0",
    doc: "`1`: a client without a token may wait (and nothing else).",
  },
  JWT_ENABLE_DOMAIN_VERIFICATION: {
    schema: flag(),
    default: "0",
    doc: "`1`: in a conference without tenant, `sub` must be `XMPP_DOMAIN` or `*`.",
  },
  VISITOR_ANY_ROLE: {
    schema: flag(),
    default: "0",
    doc: "`1`: any client token of the room may wait, not only a visitor's.",
  },
  DISCONNECT_ON_EXPIRY: {
    schema: flag(),
    default: "0",
    doc: "`1`: a connection ends when its token expires.",
  },
  SYSTEM_JWT_SECRET: { schema: opaque(SECRET), doc: "System tokens: HS256 secret." },
  SYSTEM_JWT_PUBLIC_KEY: {
    schema: opaque(PEM),
    doc: "System tokens: public key (RS256, ES256, EdDSA), PEM or a path.",
  },
  SYSTEM_JWT_JWKS_URL: { schema: httpUrl(), doc: "System tokens: URL of a JSON Web Key Set." },
  SYSTEM_JWT_ASAP_KEYSERVER: { schema: baseUrl(), doc: "System tokens: ASAP key server." },
  SYSTEM_JWT_ASAP_MAPPINGS: {
    schema: asapMappings(),
    doc: "System tokens: ASAP key servers by `kid`.",
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
  XMPP_DOMAIN: { schema: domain(), doc: "For example `meet.example`; unset: any." },
  XMPP_MUC_DOMAIN: {
    schema: domain(),
    doc: "For example `conference.meet.example`; the tenant stands between the two parts.",
  },
  ALLOWED_ORIGINS: {
    schema: list(origin()),
    default: "*",
    doc: "Web origins that may open a WebSocket; a request without `Origin` passes.",
  },
  STATE_INTERVAL_MS: {
    schema: integer(10, HOUR_MS),
    default: "15000",
    doc: "A moderator hears of a changed count at most once per interval.",
  },
  RELEASE_RATE: {
    schema: decimal(1_000_000),
    default: "50",
    doc: "Visitors told a second, per conference; `0`: all at once.",
  },
  RANDOM_DELAY_MS: {
    schema: integer(0, HOUR_MS),
    default: "0",
    doc: "Sent as `randomDelayMs`: a client waits a random part of it before it joins.",
  },
  LIVE_TTL_SEC: {
    schema: integer(1, 31_536_000),
    default: "3600",
    doc: "How long a conference stays live after the last `/golive`.",
  },
  HEARTBEAT_MS: {
    schema: integer(10, 60_000),
    default: "10000",
    doc: "STOMP heart-beats go out at least this often.",
  },
  CONNECT_TIMEOUT_MS: {
    schema: integer(10, HOUR_MS),
    default: "10000",
    doc: "From the upgrade to CONNECTED; a connection that takes longer is closed.",
  },
  MAX_CONNECTIONS: {
    schema: integer(1, 100_000_000),
    shownDefault: "what the file-descriptor limit allows, less a reserve",
    doc: "WebSocket connections of the whole process, all workers together.",
  },
  MAX_MEMORY_MB: {
    schema: integer(64, 100_000_000),
    shownDefault: "80 % of the machine's, or of the container's",
    doc: "Resident memory from which on sockets without a valid CONNECT are shed and none let in.",
  },
  MAX_VISITORS_PER_CONFERENCE: {
    schema: integer(1, 100_000_000),
    shownDefault: "none",
    doc: "Visitors who may wait for one conference.",
  },
  DRAIN_MS: {
    schema: integer(0, HOUR_MS),
    default: "15000",
    doc: "At a stop, connections are closed spread over this time.",
  },
  REDIS_URL: {
    schema: redisUrl(),
    doc: "Redis or Valkey carries messages and live state between machines.",
  },
  KV_PATH: {
    schema: filePath(),
    shownDefault: "`data/live-<PORT>.sqlite3`",
    doc: "Embedded store, when `REDIS_URL` is unset; `:memory:` keeps nothing over a restart.",
  },
  WEBSOCKET_SERVER: {
    schema: oneOf(["deno", "ws"]),
    default: "deno",
    doc: "`ws`: the hardened front, which bounds messages that arrive in fragments.",
  },
  LOG_LEVEL: { schema: logLevel(), default: "info", doc: "`debug`, `info`, `warning`, `error`." },
  LOG_FORMAT: {
    schema: oneOf(["json", "text"]),
    default: "json",
    doc: "`json`: one object a line; `text`: for people.",
  },
  METRICS_PORT: {
    schema: integer(0, 65_535),
    doc: "`/metrics` is served on this port alone.",
  },
} as const satisfies Record<string, Declaration>;

/** The name of a setting. */
export type SettingName = keyof typeof DECLARATIONS;

type ValueOf<D> = D extends { schema: z.ZodType<infer T>; default: string } ? T
  : D extends { schema: z.ZodType<infer T> } ? T | undefined
  : never;

/** The value of each setting, by its name. */
export type Values = { readonly [N in SettingName]: ValueOf<(typeof DECLARATIONS)[N]> };

/** The names, in the order of the table. */
export const settingNames = Object.keys(DECLARATIONS) as readonly SettingName[];

/** Whether a message must not show the value of a setting. */
export function isSensitive(name: string): boolean {
  return /^(SYSTEM_|JWT_|REDIS_URL$)/.test(name);
}
