/**
 * Where public keys stand: in the setting itself, in files, or in a folder of files.
 *
 * @module
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { reasonOf } from "../base/reason.ts";
import { KeySettingError } from "./key_origin.ts";

/** Each costs an attempt at every token whose key is another one. */
const MAX_FILES = 32;

/** What is asked of the file system; a test replaces it. Each throws what the system throws. */
export interface KeyFiles {
  isFolder(path: string): boolean;
  /** The names in a folder. */
  names(path: string): string[];
  read(path: string): string;
}

/** Files of this machine. */
export const systemFiles: KeyFiles = {
  isFolder: (path) => statSync(path).isDirectory(),
  names: (path) => readdirSync(path),
  read: (path) => readFileSync(path, "utf8"),
};

/** The places that a setting lists; `undefined`: it is a PEM itself. */
export function keyPlaces(setting: string): string[] | undefined {
  if (setting.includes("-----BEGIN")) return undefined;
  return setting.split(",").map((place) => place.trim()).filter((place) => place !== "");
}

/**
 * The files of all places: of a folder, those whose names end with `.pem`.
 *
 * @throws {KeySettingError} a place cannot be read, or there are too many.
 */
export function keyFilesIn(places: readonly string[], files: KeyFiles = systemFiles): string[] {
  const paths = [...new Set(places.flatMap((place) => filesOf(place, files)))];
  if (paths.length <= MAX_FILES) return paths;
  throw new KeySettingError(`there are ${paths.length} key files, and ${MAX_FILES} are taken`);
}

/** @throws {KeySettingError} it cannot be read; the message says which and why. */
export function readKeyFile(path: string, files: KeyFiles = systemFiles): string {
  try {
    return files.read(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function filesOf(place: string, files: KeyFiles): string[] {
  const names = namesIn(place, files);
  if (!names) return [place];
  // Hidden ones are how a mounted volume is exchanged as a whole.
  const keys = names.filter((name) => name.endsWith(".pem") && !name.startsWith(".")).sort();
  if (keys.length > 0) return keys.map((name) => `${place.replace(/\/+$/, "")}/${name}`);
  throw new KeySettingError(`the folder ${place} has no file whose name ends with .pem`);
}

/** `undefined`: no folder, or none that can be looked at; reading it as a file says why. */
function namesIn(place: string, files: KeyFiles): string[] | undefined {
  try {
    if (!files.isFolder(place)) return undefined;
  } catch {
    return undefined;
  }
  try {
    return files.names(place);
  } catch (cause) {
    throw unreadable(place, cause);
  }
}

function unreadable(path: string, cause: unknown): KeySettingError {
  const name = shown(path);
  if (cause instanceof Deno.errors.NotCapable) {
    return new KeySettingError(
      `${name} is outside of the folders that this process may read (--allow-read)`,
      { cause },
    );
  }
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT" || cause instanceof Deno.errors.NotFound) {
    return new KeySettingError(`it is not a PEM, and there is no file ${name}`, { cause });
  }
  if (code === "EACCES" || code === "EPERM" || cause instanceof Deno.errors.PermissionDenied) {
    return new KeySettingError(`${name} may not be read by the user of this process`, { cause });
  }
  return new KeySettingError(`${name} cannot be read: ${reasonOf(cause)}`, { cause });
}

/** Somebody may have put the key itself where its path belongs: what looks like none is not shown. */
function shown(path: string): string {
  return /^\.{0,2}\/|\.\w{2,4}$/.test(path) && path.length <= 255 && !/\s/.test(path)
    ? path
    : "of that name";
}
