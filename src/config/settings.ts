/**
 * The settings as the program uses them: plain data that can be posted to a worker.
 *
 * @module
 */

import type { Values } from "./declarations.ts";
import type { AsapMapping } from "./schemas.ts";

/** Where the keys of one group of tokens come from, and what else their tokens must say. */
export interface KeySettings {
  readonly secret: string | undefined;
  /** PEM, or the path of a file that holds one: it may be exchanged while the service runs. */
  readonly publicKey: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly asapKeyServer: string | undefined;
  readonly asapMappings: readonly AsapMapping[];
  /** `*` among them accepts any. */
  readonly issuers: readonly string[];
  /** `*` among them accepts any. */
  readonly audiences: readonly string[];
}

export interface Settings {
  /** No key of any kind is set: a key is made for this run, and only this machine may connect. */
  readonly demo: boolean;
  readonly doors: {
    /** The names of the open ones. */
    readonly open: readonly string[];
    /** The values of each door's own settings, by the door's name. */
    readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
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
    readonly heartbeatMs: number;
    readonly connectTimeoutMs: number;
    readonly disconnectOnExpiry: boolean;
    /** For all workers together; `undefined`: what the file-descriptor limit allows. */
    readonly max: number | undefined;
    readonly drainMs: number;
    /** `undefined`: a part of what the machine has. */
    readonly maxMemoryMb: number | undefined;
  };
  readonly redisUrl: string | undefined;
  /** `undefined`: the database that the platform provides (Deno Deploy). */
  readonly kvPath: string | undefined;
  readonly log: {
    readonly level: "debug" | "info" | "warning" | "error";
    readonly format: "json" | "text";
  };
}

/** What the settings depend on besides the environment variables' own values. */
export interface Surroundings {
  readonly demo: boolean;
  readonly deploy: boolean;
  readonly cores: number;
}

/** The host of demo mode: its tokens are handed to whoever asks. */
const LOOPBACK = "127.0.0.1";
const MAX_WORKERS = 256;

/** Puts checked values into their places. */
export function buildSettings(values: Values, around: Surroundings): Settings {
  return {
    demo: around.demo,
    doors: {
      open: [
        "queue",
        "rest",
        ...(around.demo ? ["demo"] : []),
        ...(Deno.env.get("DOORS")?.includes("echo") ? ["echo"] : []),
      ],
      values: {
        echo: { ECHO_MAX_CONNECTIONS: 3 },
        queue: {
          HEARTBEAT_MS: values.HEARTBEAT_MS,
          DISCONNECT_ON_EXPIRY: values.DISCONNECT_ON_EXPIRY,
        },
      },
    },
    host: around.demo ? LOOPBACK : values.HOST,
    port: values.PORT,
    basePath: values.BASE_PATH,
    workers: around.deploy ? 1 : values.WORKERS ?? defaultWorkers(around.cores),
    metricsPort: values.METRICS_PORT,
    webSocketServer: values.WEBSOCKET_SERVER,
    clientKeys: clientKeys(values),
    systemKeys: systemKeys(values),
    access: {
      allowEmpty: values.JWT_ALLOW_EMPTY,
      domainVerification: values.JWT_ENABLE_DOMAIN_VERIFICATION,
      visitorAnyRole: values.VISITOR_ANY_ROLE,
    },
    xmpp: { domain: values.XMPP_DOMAIN, mucDomain: values.XMPP_MUC_DOMAIN },
    allowedOrigins: values.ALLOWED_ORIGINS,
    queue: queueSettings(values),
    connections: connectionSettings(values),
    redisUrl: values.REDIS_URL,
    kvPath: values.KV_PATH ?? (around.deploy ? undefined : defaultKvPath(values.PORT)),
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
  };
}

function clientKeys(values: Values): KeySettings {
  return {
    secret: values.JWT_APP_SECRET,
    publicKey: values.JWT_PUBLIC_KEY,
    jwksUrl: values.JWT_JWKS_URL,
    asapKeyServer: values.JWT_ASAP_KEYSERVER,
    asapMappings: values.JWT_ASAP_MAPPINGS ?? [],
    issuers: values.JWT_ACCEPTED_ISSUERS,
    audiences: values.JWT_ACCEPTED_AUDIENCES,
  };
}

function systemKeys(values: Values): KeySettings {
  return {
    secret: values.SYSTEM_JWT_SECRET,
    publicKey: values.SYSTEM_JWT_PUBLIC_KEY,
    jwksUrl: values.SYSTEM_JWT_JWKS_URL,
    asapKeyServer: values.SYSTEM_JWT_ASAP_KEYSERVER,
    asapMappings: values.SYSTEM_JWT_ASAP_MAPPINGS ?? [],
    issuers: values.SYSTEM_JWT_ACCEPTED_ISSUERS,
    audiences: values.SYSTEM_JWT_ACCEPTED_AUDIENCES,
  };
}

function queueSettings(values: Values): Settings["queue"] {
  return {
    stateIntervalMs: values.STATE_INTERVAL_MS,
    releaseRate: values.RELEASE_RATE,
    randomDelayMs: values.RANDOM_DELAY_MS,
    liveTtlMs: values.LIVE_TTL_SEC * 1000,
    maxVisitorsPerConference: values.MAX_VISITORS_PER_CONFERENCE,
  };
}

function connectionSettings(values: Values): Settings["connections"] {
  return {
    heartbeatMs: values.HEARTBEAT_MS,
    connectTimeoutMs: values.CONNECT_TIMEOUT_MS,
    disconnectOnExpiry: values.DISCONNECT_ON_EXPIRY,
    max: values.MAX_CONNECTIONS,
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
