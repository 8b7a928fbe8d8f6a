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
import type { RedisAddress, RedisCluster, RedisSentinel, RedisTarget } from "./url.ts";

/** A connection to a server, or the connections to a cluster. */
export type RedisClient = Redis | Cluster;

/** How long a connection may take to be made. */
const CONNECT_TIMEOUT_MS = 4_000;

/** How long a socket may take to close in good order. */
const DISCONNECT_TIMEOUT_MS = 500;

const NO_SECOND_TRY = { enableOfflineQueue: false, retryStrategy: null };

/** How long a cluster client uses its map of the slots before it looks again. */
const SLOTS_REFRESH_MS = 10_000;

/** Redirections that a command follows while slots move or a master falls. */
const MAX_REDIRECTIONS = 8;

/**
 * A client that is not yet connected. A server that owes it an answer and is silent for `silenceMs`
 * is taken for dead.
 */
export function createRedisClient(target: RedisTarget, silenceMs: number): RedisClient {
  switch (target.kind) {
    case "server":
      return createServerClient(target, target.address, silenceMs);
    case "sentinel":
      return createSentinelClient(target, silenceMs);
    case "cluster":
      return createClusterClient(target, silenceMs);
  }
}

/** Like {@linkcode createRedisClient}, for the one server at `address`. */
export function createServerClient(
  target: RedisTarget,
  address: RedisAddress,
  silenceMs: number,
): Redis {
  return new Redis({ ...common(target, silenceMs), ...NO_SECOND_TRY, ...address });
}

function createSentinelClient(target: RedisSentinel, silenceMs: number): Redis {
  return new Redis({
    ...common(target, silenceMs),
    ...NO_SECOND_TRY,
    sentinels: target.sentinels.map((address) => ({ ...address })),
    name: target.master,
    sentinelUsername: target.sentinelUsername,
    sentinelPassword: target.sentinelPassword,
    enableTLSForSentinelMode: target.tls,
    sentinelTLS: target.tls ? {} : undefined,
    sentinelCommandTimeout: silenceMs,
    sentinelRetryStrategy: () => null,
    // Ends the connection when the Sentinels elect another master, even while the old one lives.
    failoverDetector: true,
  });
}

function createClusterClient(target: RedisCluster, silenceMs: number): Cluster {
  return new Cluster(target.nodes.map((address) => ({ ...address })), {
    redisOptions: common(target, silenceMs),
    lazyConnect: true,
    // A node is connected by the first command that it gets; those that follow wait for it, in
    // order and no longer than any command may.
    enableOfflineQueue: true,
    // What was sent when a node was lost may have been done: it must not be sent again.
    retryDelayOnFailover: 0,
    clusterRetryStrategy: () => null,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    maxRedirections: MAX_REDIRECTIONS,
    // Names of nodes are looked up where TLS checks them: at the connection.
    ...(target.tls && { dnsLookup: (host, callback) => callback(null, host) }),
  });
}

function common(target: RedisTarget, silenceMs: number) {
  return {
    username: target.username,
    password: target.password,
    db: target.db,
    ...(target.tls && { tls: {} }),
    connectionName: "waiting-queue",
    lazyConnect: true,
    socketTimeout: silenceMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
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
