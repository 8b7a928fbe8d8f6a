/**
 * Which Redis it is, and whether it keeps what the service needs kept.
 *
 * @module
 */

import { createRedisClient, type RedisClient } from "../../redis/client.ts";
import { RedisLink } from "../../redis/link.ts";
import { parseRedisUrl, type RedisTarget } from "../../redis/url.ts";
import { broken, doubtful, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";
import { reasonOf } from "../../base/reason.ts";
import { redisAdvice } from "./redis_advice.ts";

const TIMEOUT_MS = 2_000;
/** The bus needs the sharded channels of this version; Valkey tells a 7 as well. */
const FIRST_VERSION = 7;

/** @throws {Error} Redis cannot be reached. */
export async function withRedis<T>(
  url: string,
  work: (client: RedisClient) => Promise<T>,
): Promise<T> {
  const target = parseRedisUrl(url);
  await using link = new RedisLink({
    name: "doctor",
    create: () => createRedisClient(target, 2 * TIMEOUT_MS),
  });
  await link.tried;
  return await link.use(work, TIMEOUT_MS);
}

/** Reads what Redis tells of itself. */
export async function redisCheck({ settings: { redisUrl } }: Patient): Promise<Finding[]> {
  if (redisUrl === undefined) return [];
  try {
    const where = describeTarget(parseRedisUrl(redisUrl));
    const info = await withRedis(redisUrl, (client) => client.call("INFO"));
    return redisFindings(parseInfo(String(info)), where);
  } catch (error) {
    const reason = reasonOf(error);
    return [broken("REDIS_URL", reason, redisAdvice(reason))];
  }
}

/** What `INFO` says that matters here. */
export function redisFindings(info: ReadonlyMap<string, string>, where: string): Finding[] {
  const version = info.get("valkey_version") ?? info.get("redis_version") ?? "of unknown version";
  const findings = [versionFinding(info, `${version} at ${where}`)];
  const policy = info.get("maxmemory_policy") ?? "noeviction";
  if (Number(info.get("maxmemory") ?? 0) > 0 && policy !== "noeviction") {
    const text = `with ${policy} Redis may drop live states when its memory is full`;
    findings.push(doubtful("Redis memory", text, "set maxmemory-policy noeviction in Redis"));
  }
  if (info.get("aof_enabled") === "0") {
    const text = "without appendonly a crash of Redis loses what went live since its last snapshot";
    findings.push(doubtful("Redis disk", text, "set appendonly yes in Redis, or have a replica"));
  }
  return findings;
}

/** The fields of an answer to `INFO`. */
export function parseInfo(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => /^[a-z]\w*:/i.test(line));
  return new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)];
  }));
}

function versionFinding(info: ReadonlyMap<string, string>, what: string): Finding {
  if (info.get("role") === "slave") {
    return broken("REDIS_URL", `${what} is a replica`, redisAdvice("READONLY"));
  }
  const major = Number(/^\d+/.exec(info.get("redis_version") ?? "")?.[0]);
  if (major < FIRST_VERSION) {
    const next = `take Redis ${FIRST_VERSION} or newer, or Valkey`;
    return broken("REDIS_URL", `${what} is too old`, next);
  }
  return fine("REDIS_URL", `${what} answers`);
}

/** Hosts and ports, without user and password. */
function describeTarget(target: RedisTarget): string {
  const list = (addresses: readonly { host: string; port: number }[]) =>
    addresses.map(({ host, port }) => `${host}:${port}`).join(", ");
  switch (target.kind) {
    case "server":
      return `${list([target.address])}, database ${target.db}`;
    case "sentinel":
      return `the master ${target.master} of the Sentinels ${list(target.sentinels)}`;
    case "cluster":
      return `the cluster of ${list(target.nodes)}`;
  }
}
