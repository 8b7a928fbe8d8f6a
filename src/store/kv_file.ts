/**
 * The file of the embedded store: for the eyes of its owner alone, and for one process at a time.
 *
 * @module
 */
import { dirname } from "node:path";

/** Beside the database SQLite keeps these two, with the mode of the database that it makes them for. */
const PARTS = ["", "-wal", "-shm"];

const OWNER_FILE = 0o600;
const OWNER_FOLDER = 0o700;

/**
 * Makes the file and missing folders, takes the rights of everybody else, and keeps other processes
 * out until disposed or until this process ends, however it ends. Folders that are there stay as
 * they are: they may hold more than the store.
 *
 * The lock stands on a file of its own, `path` with `.lock`, which stays: SQLite locks parts of the
 * database itself, and a file that is removed could be locked by two.
 *
 * @throws {Error} the file cannot be made, or another process has it.
 */
export async function claimKvFile(path: string): Promise<Disposable> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: OWNER_FOLDER });
  using stack = new DisposableStack();
  const lock = stack.use(await openOwn(`${path}.lock`));
  if (!await lock.tryLock(true)) throw new Error("another process has it open");
  // An empty file is a database for SQLite, and so it has the right mode from its first byte.
  (await openOwn(path)).close();
  await Promise.all(PARTS.map((part) => takeRights(path + part)));
  return stack.move();
}

function openOwn(path: string): Promise<Deno.FsFile> {
  return Deno.open(path, { read: true, write: true, create: true, mode: OWNER_FILE });
}

async function takeRights(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    await Deno.chmod(path, OWNER_FILE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    // It belongs to somebody else, who has let this process use it.
    if (error instanceof Deno.errors.PermissionDenied) return;
    throw error;
  }
}
