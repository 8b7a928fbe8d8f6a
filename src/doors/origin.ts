/**
 * The id of this service, which several doors tell their clients.
 *
 * @module
 */

import type { Declaration } from "../config/declaration.ts";
import { uuid } from "../config/schemas.ts";
import { getLogger } from "../log/log.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";

const KEY = "origin";
/** How soon the store is asked again. */
const AGAIN_MS = 1_000;
const logger = getLogger("origin");

/** One object for all doors that have it. */
export const ORIGIN_UUID = {
  schema: uuid(),
  shownDefault: "made once, kept in the store",
  doc: "Names this service in its events (`origin_uuid`) and rooms (`apiKey`).",
} satisfies Declaration;

/** The id of this service: the setting, or one that is made once and kept in the store. */
export class Origin {
  /** Until the store is there, one of this isolate's own. */
  #id: string;

  private constructor(id: string) {
    this.#id = id;
  }

  /** Never fails: where the store is away it is asked again until it is there. */
  static async open(store: Store, clock: Clock, given: string | undefined): Promise<Origin> {
    const origin = new Origin(given ?? crypto.randomUUID());
    if (given === undefined) await origin.#read(store, clock);
    return origin;
  }

  get id(): string {
    return this.#id;
  }

  async #read(store: Store, clock: Clock): Promise<void> {
    try {
      await store.set(KEY, this.#id, { ifVersion: null });
      const [entry] = await store.get([KEY]);
      this.#id = entry?.value ?? this.#id;
    } catch (error) {
      logger.warn("Cannot read the id of this service yet: {error}", { error: String(error) });
      clock.after(AGAIN_MS, () => void this.#read(store, clock));
    }
  }
}
