import { BoundedMap } from "../base/bounded_map.ts";
import type { StreamMessage } from "./wire.ts";

/** Isolates that are remembered; a service has fewer. */
const MAX_SENDERS = 4_096;

/** Notices what is missing of what each isolate said. */
export class Continuity {
  readonly #heard = new BoundedMap<string, number>(MAX_SENDERS);
  /** Whether it is known where everybody stood: who is new begins with its first message. */
  #settled = false;

  /**
   * Takes in a message of isolate `from`: `new`, `known` (it was heard before), or `gap`: something
   * was lost before it.
   */
  take(from: string, { seq, items }: StreamMessage): "new" | "known" | "gap" {
    const before = this.#heard.get(from) ?? (this.#settled ? 0 : undefined);
    const carries = items.length > 0 ? 1 : 0;
    if (before !== undefined && seq <= before) return carries ? "known" : "new";
    this.#heard.set(from, seq);
    return before === undefined || seq === before + carries ? "new" : "gap";
  }

  /** Isolate `id` says where it stands, which was asked while nothing was settled. */
  standsAt(id: string, seq: number): void {
    this.#heard.set(id, Math.max(seq, this.#heard.get(id) ?? 0));
  }

  /** Everybody has said where they stand. */
  settle(): void {
    this.#settled = true;
  }

  /** Anything may have been missed: who says something next begins anew. */
  forget(): void {
    this.#settled = false;
    this.#heard.clear();
  }
}
