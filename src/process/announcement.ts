/**
 * What the service says of itself when it has started: what an operator wants to know of the one that
 * runs, without its secrets.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import type { KeySettings, Settings } from "../config/config.ts";
import { getLogger } from "../log/log.ts";

/** What the start has found out. */
export interface Started {
  readonly port: number;
  /** How many WebSockets there may be, and octets of resident memory. */
  readonly maxConnections: number;
  readonly maxMemory: number;
}

const logger = getLogger("main");

/** Writes the start line, and in demo mode the address to open. */
export function announce(settings: Settings, started: Started): void {
  const { host, workers, basePath, demo } = settings;
  const { port, maxConnections, maxMemory } = started;
  logger.info(
    "Listening on {host}:{port} with {workers} workers: version {version}, front {front}, " +
      "store {store}, doors {doors}; client keys: {clientKeys}; system keys: {systemKeys}; " +
      "at most {maxConnections} connections and {maxMemoryMb} MB",
    {
      ...{ host, port, workers, maxConnections, basePath },
      version: config.version,
      front: settings.webSocketServer,
      store: storeOf(settings),
      doors: settings.doors.open.join(", "),
      clientKeys: demo ? "made for this run" : sourcesOf(settings.clientKeys),
      systemKeys: demo ? "made for this run" : sourcesOf(settings.systemKeys),
      maxMemoryMb: Math.floor(maxMemory / 2 ** 20),
    },
  );
  if (!demo) return;
  logger.warn(
    "DEMO MODE: no key is set, so keys were made for this run and only this machine may connect. " +
      "Open http://{host}:{port}/demo",
    { host, port },
  );
}

/** Where the live state is kept. A password in the URL is masked by the log. */
function storeOf({ redisUrl, kvPath }: Settings): string {
  return redisUrl ?? kvPath ?? "of the platform";
}

/** `a secret, ASAP https://keys.example`: where keys come from, none of them shown. */
export function sourcesOf(keys: KeySettings): string {
  const sources = [
    keys.secret && "a secret",
    keys.publicKey && "a public key",
    keys.jwksUrl && `JWKS ${keys.jwksUrl}`,
    keys.asapKeyServer && `ASAP ${keys.asapKeyServer}`,
    ...keys.asapMappings.map(({ baseUrl }) => `ASAP ${baseUrl}`),
  ].filter(Boolean);
  return [...new Set(sources)].join(", ") || "none";
}
