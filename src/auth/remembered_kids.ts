/**
 * The key ids that backends have used, kept over a restart: their keys are fetched at the start, so
 * that the first go-live afterwards does not depend on the key server.
 *
 * @module
 */

import { getLogger } from "../log/log.ts";

/** The most that are kept; a backend has one, and each of its versions another. */
export const MAX_KIDS = 100;
const MAX_KID_CHARS = 256;
/** How often it is tried to write while others write too. */
const ATTEMPTS = 3;

/** Where they are kept: one text, with a version that tells whether somebody else has written. */
export interface KidStore {
  /** @throws {Error} it cannot be reached. */
  load(): Promise<{ readonly value: string; readonly version: string } | undefined>;
  /** Writes over `version`, or where nothing is; false if that does not hold any more. */
  save(value: string, version: string | undefined): Promise<boolean>;
}

const logger = getLogger("auth");

/** No method fails: without them a key is fetched when it is first asked for. */
export class RememberedKids {
  /** What is known to be in the store. */
  #kept = new Set<string>();
  #saving: Promise<void> | undefined;
  /** What has worked and is not yet kept. */
  readonly #fresh = new Set<string>();

  constructor(readonly store: KidStore) {}

  /** Those that are kept, the latest last. */
  async recall(): Promise<readonly string[]> {
    try {
      this.#kept = new Set(read((await this.store.load())?.value));
    } catch (error) {
      logger.warn("Cannot read which keys backends have used: {error}", { error });
    }
    return [...this.#kept];
  }

  /** A token with this key id was good. */
  worked(kid: string): void {
    if (this.#kept.has(kid) || this.#fresh.has(kid) || this.#fresh.size >= MAX_KIDS) return;
    this.#fresh.add(kid);
    this.#saving ??= this.#save().finally(() => this.#saving = undefined);
  }

  async #save(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS && this.#fresh.size > 0; attempt++) {
      try {
        const before = await this.store.load();
        const adding = [...this.#fresh];
        const kids = [...new Set([...read(before?.value), ...adding])].slice(-MAX_KIDS);
        if (!await this.store.save(JSON.stringify(kids), before?.version)) continue;
        this.#kept = new Set(kids);
        for (const kid of adding) this.#fresh.delete(kid);
      } catch (error) {
        logger.debug("Cannot keep which keys backends use: {error}", { error });
      }
    }
    // Those that could not be kept are tried again when they are used again.
    this.#fresh.clear();
  }
}

/** What is no list of key ids counts as none. */
function read(text: string | undefined): string[] {
  try {
    const kids: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(kids)) return [];
    return kids.filter((kid) => typeof kid === "string" && kid.length <= MAX_KID_CHARS)
      .slice(-MAX_KIDS);
  } catch {
    return [];
  }
}
