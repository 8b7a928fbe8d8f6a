/**
 * How a value stands in Redis with its version, so that one MGET reads both: `v1:`, a UUID, a line
 * feed, the value. The UUID is the version; each `set` makes one.
 *
 * A string without that head was written before there were versions. It is a value as a whole, and
 * its SHA-1 is its version.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Entry, Version } from "./store.ts";

/** The name of a command of Redis and its arguments. */
export type RedisCommand = readonly [name: string, ...args: (string | number)[]];

const HEAD = /^v1:([\da-f-]{36})\n/;

/** The string that stands under a key: the version, then the value. */
export function encodeRecord({ value, version }: Entry): string {
  return `v1:${version}\n${value}`;
}

/** The value and version of a string that stands under a key. */
export function decodeRecord(record: string): Entry {
  const [head, version] = HEAD.exec(record) ?? [];
  if (head === undefined || version === undefined) return { value: record, version: sha1(record) };
  return { value: record.slice(head.length), version };
}

/** True in a script where `KEYS[1]` has the version `ARGV[1]`, in either form. */
const HAS_VERSION = `
  local record = redis.call("GET", KEYS[1])
  if not record then return 0 end
  local head = "v1:" .. ARGV[1] .. "\\n"
  if record:sub(1, #head) ~= head and redis.sha1hex(record) ~= ARGV[1] then return 0 end`;

/** Replies 1 if it wrote `ARGV[2]`, for `ARGV[3]` milliseconds if that is not empty; else 0. */
const SET_IF_VERSION = `${HAS_VERSION}
  if ARGV[3] == "" then redis.call("SET", KEYS[1], ARGV[2])
  else redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3]) end
  return 1`;

/** Replies 1 if it deleted the key; else 0. */
const DELETE_IF_VERSION = `${HAS_VERSION}
  redis.call("DEL", KEYS[1])
  return 1`;

/** The scripts by the SHA-1 that Redis knows them by. */
const scripts = new Map([SET_IF_VERSION, DELETE_IF_VERSION].map((text) => [sha1(text), text]));
const [setIfVersion, deleteIfVersion] = [...scripts.keys()] as [string, string];

/** Replies OK or 1 if it wrote, and nothing or 0 if `ifVersion` did not hold. */
export function setCommand(
  name: string,
  record: string,
  ttlMs: number | undefined,
  ifVersion: Version | null | undefined,
): RedisCommand {
  const ttl = ttlMs === undefined ? "" : Math.max(1, Math.ceil(ttlMs));
  if (typeof ifVersion === "string") {
    return ["evalsha", setIfVersion, 1, name, ifVersion, record, ttl];
  }
  return [
    "set",
    name,
    record,
    ...(ttl === "" ? [] : ["PX", ttl]),
    ...(ifVersion === null ? ["NX"] : []),
  ];
}

/** With a version: replies 1 if it deleted, 0 if the version did not hold. */
export function deleteCommand(name: string, ifVersion: Version | undefined): RedisCommand {
  return ifVersion === undefined ? ["del", name] : ["evalsha", deleteIfVersion, 1, name, ifVersion];
}

/** The same command with the whole script, for a server that does not know it yet. */
export function withScript([name, sha, ...args]: RedisCommand): RedisCommand {
  const text = scripts.get(String(sha));
  if (name !== "evalsha" || text === undefined) throw new TypeError(`${name} is no script of ours`);
  return ["eval", text, ...args];
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
