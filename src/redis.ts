/**
 * How this service talks to Redis or Valkey: the settings of its connections, in one place.
 *
 * The client library neither queues nor retries here. A connection that fails is ended and
 * `RedisLink` opens another, so that there is one rule for when a command may wait, and for how
 * long.
 *
 * @module
 */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { RedisAddress, RedisTarget } from "./redis_url.ts";

/** A connection to a server, or the connections to a cluster. */
export type RedisClient = Redis | Cluster;

/** A server that owes an answer and is silent this long is taken for dead. */
const SOCKET_TIMEOUT_MS = 4_000;

/** How long a socket may take to close in good order. */
const DISCONNECT_TIMEOUT_MS = 500;

/** How long a cluster client uses its map of the slots before it looks again. */
const SLOTS_REFRESH_MS = 10_000;

/** Redirections that a command follows while slots move or a master falls. */
const MAX_REDIRECTIONS = 8;

/** A client for commands, not yet connected. */
export function createRedisClient(target: RedisTarget): RedisClient {
  switch (target.kind) {
    case "server":
      return createServerClient(target, target.address);
    case "sentinel":
      return createSentinelClient(target);
    case "cluster":
      return createClusterClient(target);
  }
}

/** A client for the one server at `address`, not yet connected. */
export function createServerClient(target: RedisTarget, address: RedisAddress): Redis {
  return new Redis({ ...common(target), ...address });
}

/** A client for the master that the Sentinels name, not yet connected. */
function createSentinelClient(target: RedisTarget & { kind: "sentinel" }): Redis {
  return new Redis({
    ...common(target),
    sentinels: target.sentinels.map((address) => ({ ...address })),
    name: target.master,
    sentinelUsername: target.sentinelUsername,
    sentinelPassword: target.sentinelPassword,
    enableTLSForSentinelMode: target.tls,
    sentinelTLS: target.tls ? {} : undefined,
    sentinelCommandTimeout: SOCKET_TIMEOUT_MS,
    sentinelRetryStrategy: () => null,
    // Ends the connection when the Sentinels elect another master, even while the old one lives.
    failoverDetector: true,
  });
}

function createClusterClient(target: RedisTarget & { kind: "cluster" }): Cluster {
  const { db: _db, enableOfflineQueue: _queue, retryStrategy: _retry, ...options } = common(target);
  return new Cluster(target.nodes.map((address) => ({ ...address })), {
    redisOptions: options,
    enableOfflineQueue: false,
    lazyConnect: true,
    clusterRetryStrategy: () => null,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    maxRedirections: MAX_REDIRECTIONS,
    // Names of nodes are looked up where TLS checks them: at the connection.
    ...(target.tls && { dnsLookup: (host, callback) => callback(null, host) }),
  });
}

function common(target: RedisTarget) {
  return {
    username: target.username,
    password: target.password,
    db: target.db,
    ...(target.tls && { tls: {} }),
    connectionName: "waiting-queue",
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: null,
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: SOCKET_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  } satisfies RedisOptions & { disconnectTimeout: number };
}

/** First and last slot, then the master; its host is missing while it is unknown. */
type SlotRange = [number, number, [string | null, number]];

/**
 * The master of the cluster that has the slot of `key`.
 *
 * @throws {Error} no master has it.
 */
export async function masterOf(client: RedisClient, key: string): Promise<RedisAddress> {
  const slot = Number(await client.call("CLUSTER", "KEYSLOT", key));
  const ranges = await client.call("CLUSTER", "SLOTS") as SlotRange[];
  const range = ranges.find(([first, last]) => first <= slot && slot <= last);
  const [host, port] = range?.[2] ?? [];
  if (!host || !port) throw new Error(`No master of the cluster has slot ${slot}`);
  return { host, port };
}
