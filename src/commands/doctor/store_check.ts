/**
 * Whether the store keeps what it is given.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Settings } from "../../config/config.ts";
import type { Store } from "../../store/store.ts";
import { broken, doubtful, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";
import { openStore } from "./drivers.ts";
import { reasonOf } from "../../base/reason.ts";
import { redisAdvice } from "./redis_advice.ts";

const MEMORY = ":memory:";
/** Long enough for the check, and soon gone if the check does not live to delete it. */
const PROBE_TTL_MS = 10_000;
const FILE_ADVICE = "see that KV_PATH is right, that the user of the service may write to its " +
  "folder, and that the disk is not full";

/** Writes a value under a key that nobody else has, reads it and deletes it. */
export async function storeCheck({ settings }: Patient): Promise<Finding[]> {
  const { redisUrl, kvPath } = settings;
  if (redisUrl === undefined && kvPath !== undefined && kvPath !== MEMORY) {
    return [await fileCheck(settings, kvPath)];
  }
  try {
    await probe(await openStore(settings));
    if (redisUrl === undefined && kvPath === MEMORY) return [inMemory(settings)];
    return [fine("store", "writes, reads and deletes")];
  } catch (error) {
    const reason = reasonOf(error);
    return [broken("store", reason, redisUrl === undefined ? FILE_ADVICE : redisAdvice(reason))];
  }
}

/** @throws {StoreError} @throws {Error} what was read is not what was written. */
async function probe(opened: Store): Promise<void> {
  await using store = opened;
  const key = `doctor/${crypto.randomUUID()}`;
  const value = crypto.randomUUID();
  await store.set(key, value, { ttlMs: PROBE_TTL_MS });
  const [read] = await store.get([key]);
  await store.delete(key);
  if (read?.value !== value) throw new Error("what was written was not there when it was read");
  const [deleted] = await store.get([key]);
  if (deleted !== undefined) throw new Error("what was deleted was still there");
}

/**
 * A file that is not there yet is not made, because it would belong to whoever runs this and not to
 * the service: another is made beside where it will be.
 */
async function fileCheck(settings: Settings, path: string): Promise<Finding> {
  try {
    if (await exists(path)) {
      await probe(await openStore(settings, path));
      return fine("store", `${path} takes writes, reads and deletes`);
    }
    const folder = await nearestFolder(path);
    await probeIn(folder, settings);
    return fine("store", `${path} can be made: ${folder} takes a store`);
  } catch (error) {
    const reason = reasonOf(error);
    return broken("store", reason.includes(path) ? reason : `${path}: ${reason}`, FILE_ADVICE);
  }
}

async function probeIn(folder: string, settings: Settings): Promise<void> {
  const own = await Deno.makeTempDir({ dir: folder, prefix: ".waiting-queue-doctor-" });
  try {
    await probe(await openStore(settings, `${own}/probe.sqlite3`));
  } finally {
    await Deno.remove(own, { recursive: true });
  }
}

/** The folder of `path`, or the nearest above it that is there. */
async function nearestFolder(path: string): Promise<string> {
  let folder = dirname(path);
  while (!await exists(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function inMemory({ workers, demo }: Settings): Finding {
  const who = workers > 1 ? `shared by all ${workers} workers, and ` : "";
  const text = `works; ${who}gone with the process: after a restart every conference waits again`;
  if (demo) return fine("store", text);
  return doubtful("store", text, "set KV_PATH to a file, or REDIS_URL");
}
