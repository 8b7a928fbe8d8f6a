/**
 * The settings as the program uses them: plain data that can be posted to a worker.
 *
 * @module
 */

import type { AsapRoute } from "../auth/asap_key_source.ts";
import type { GroupSettings } from "../auth/auth_parts.ts";
import type { ServiceValues } from "./declarations.ts";
import type { Declarations, DoorSettings, ValuesOf } from "./declaration.ts";
import { KEY_NAMES } from "./key_declarations.ts";

/** Where the keys of one group of tokens come from, and what else their tokens must say. */
export interface KeySettings extends GroupSettings {
  readonly asapMappings: readonly AsapRoute[];
}

/** Which doors are open, and the values of the settings of every door, by its name. */
export interface Doors {
  readonly open: readonly string[];
  readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** All settings, checked: plain data. */
export interface Settings {
  /** Keys are made for this run, and none of the settings is used. */
  readonly demo: boolean;
  readonly host: string;
  /** `0`: the system chooses. */
  readonly port: number;
  /** Empty, or with a leading and without a trailing slash. */
  readonly basePath: string;
  readonly workers: number;
  readonly metricsPort: number | undefined;
  readonly webSocketServer: "deno" | "ws";
  readonly clientKeys: KeySettings;
  readonly systemKeys: KeySettings;
  readonly access: {
    readonly allowEmpty: boolean;
    readonly domainVerification: boolean;
    readonly visitorAnyRole: boolean;
    readonly moderatorAnyRole: boolean;
  };
  readonly xmpp: { readonly domain: string | undefined; readonly mucDomain: string | undefined };
  /** `*` among them accepts any. */
  readonly allowedOrigins: readonly string[];
  readonly queue: {
    readonly stateIntervalMs: number;
    /** Visitors a second and conference; `0`: all at once. */
    readonly releaseRate: number;
    readonly randomDelayMs: number;
    readonly liveTtlMs: number;
    /** `undefined`: as many as there are. */
    readonly maxVisitorsPerConference: number | undefined;
  };
  readonly connections: {
    readonly connectTimeoutMs: number;
    /** For all workers together; `undefined`: what the file-descriptor limit allows. */
    readonly max: number | undefined;
    /** For one token and for one address, over all workers; `undefined`: as many as there are. */
    readonly maxPerToken: number | undefined;
    readonly maxPerAddress: number | undefined;
    /** Whose X-Forwarded-For is believed: addresses and subnets. */
    readonly trustedProxies: readonly string[];
    readonly drainMs: number;
    /** `undefined`: a part of what the machine has. */
    readonly maxMemoryMb: number | undefined;
  };
  /** How long a backing service may be away before the service is not ready. */
  readonly readyGraceMs: number;
  readonly redisUrl: string | undefined;
  /** `undefined`: the database that the platform provides (Deno Deploy). */
  readonly kvPath: string | undefined;
  readonly log: {
    readonly level: "debug" | "info" | "warning" | "error";
    readonly format: "json" | "text";
  };
  readonly doors: Doors;
}

/** What the settings depend on besides the environment variables' own values. */
export interface Surroundings {
  readonly demo: boolean;
  readonly deploy: boolean;
  readonly cores: number;
}

const MAX_WORKERS = 256;

/** The values of a door's settings, as it declared them. @throws {TypeError} it is not known. */
export function doorValues<D extends Declarations>(
  { doors }: Pick<Settings, "doors">,
  { name }: DoorSettings<D>,
): ValuesOf<D> {
  const values = doors.values[name];
  if (values) return values as ValuesOf<D>;
  throw new TypeError(`Cannot read the settings of ${name}: they were not loaded`);
}

/** Puts checked values into their places. */
export function buildSettings(
  values: ServiceValues,
  doors: Doors,
  around: Surroundings,
): Settings {
  return {
    demo: around.demo,
    host: values.HOST,
    port: values.PORT,
    basePath: values.BASE_PATH,
    workers: around.deploy ? 1 : values.WORKERS ?? defaultWorkers(around.cores),
    metricsPort: values.METRICS_PORT,
    webSocketServer: values.WEBSOCKET_SERVER ?? (around.demo || around.deploy ? "deno" : "ws"),
    clientKeys: keySettings(values, "client"),
    systemKeys: keySettings(values, "system"),
    access: {
      allowEmpty: values.JWT_ALLOW_EMPTY,
      domainVerification: values.JWT_ENABLE_DOMAIN_VERIFICATION,
      visitorAnyRole: values.VISITOR_ANY_ROLE,
      moderatorAnyRole: values.MODERATOR_ANY_ROLE,
    },
    xmpp: { domain: values.XMPP_DOMAIN, mucDomain: values.XMPP_MUC_DOMAIN },
    allowedOrigins: values.ALLOWED_ORIGINS,
    queue: queueSettings(values),
    connections: connectionSettings(values),
    readyGraceMs: values.READY_GRACE_MS,
    redisUrl: values.REDIS_URL,
    kvPath: values.KV_PATH ?? (around.deploy ? undefined : defaultKvPath(values.PORT)),
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
    doors,
  };
}

/** The settings of one group of keys. */
export function keySettings(values: ServiceValues, group: "client" | "system"): KeySettings {
  const names = KEY_NAMES[group];
  return {
    secret: values[names.secret],
    publicKey: values[names.publicKey],
    jwksUrl: values[names.jwksUrl],
    asapKeyServer: values[names.asapKeyServer],
    asapMappings: values[names.asapMappings] ?? [],
    issuers: group === "client" ? values.JWT_ACCEPTED_ISSUERS : values.SYSTEM_JWT_ACCEPTED_ISSUERS,
    audiences: group === "client"
      ? values.JWT_ACCEPTED_AUDIENCES
      : values.SYSTEM_JWT_ACCEPTED_AUDIENCES,
  };
}

function queueSettings(values: ServiceValues): Settings["queue"] {
  return {
    stateIntervalMs: values.STATE_INTERVAL_MS,
    releaseRate: values.RELEASE_RATE,
    randomDelayMs: values.RANDOM_DELAY_MS,
    liveTtlMs: values.LIVE_TTL_SEC * 1000,
    maxVisitorsPerConference: values.MAX_VISITORS_PER_CONFERENCE,
  };
}

function connectionSettings(values: ServiceValues): Settings["connections"] {
  return {
    connectTimeoutMs: values.CONNECT_TIMEOUT_MS,
    max: values.MAX_CONNECTIONS,
    maxPerToken: values.MAX_CONNECTIONS_PER_TOKEN,
    maxPerAddress: values.MAX_CONNECTIONS_PER_ADDRESS,
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    maxMemoryMb: values.MAX_MEMORY_MB,
    drainMs: values.DRAIN_MS,
  };
}

function defaultWorkers(cores: number): number {
  return Math.min(Math.max(1, cores), MAX_WORKERS);
}

/** Two services on one machine must not share a file; a port that is chosen anew has no file. */
function defaultKvPath(port: number): string {
  return port === 0 ? ":memory:" : `data/live-${port}.sqlite3`;
}
