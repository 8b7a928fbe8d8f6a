/** How exactly a moment is kept, in milliseconds. */
const GRAIN_MS = 250;

/**
 * At which moment each of many rooms has to be looked at. A hundred thousand of them cost nothing
 * until they are due. Moments are in milliseconds since the epoch.
 */
export class Schedule {
  /** The slot of each; `Infinity` for those that are never due. */
  readonly #slots = new Map<string, number>();
  readonly #due = new Map<number, Set<string>>();
  #last = -Infinity;

  get size(): number {
    return this.#slots.size;
  }

  has(id: string): boolean {
    return this.#slots.has(id);
  }

  ids(): IterableIterator<string> {
    return this.#slots.keys();
  }

  /** At `at`, and at no other moment any more; what is over already is due next. */
  set(id: string, at: number): void {
    const slot = Math.max(Math.ceil(at / GRAIN_MS), this.#last + 1);
    if (this.#slots.get(id) === slot) return;
    this.delete(id);
    this.#slots.set(id, slot);
    if (slot === Infinity) return;
    const set = this.#due.get(slot);
    if (set) set.add(id);
    else this.#due.set(slot, new Set([id]));
  }

  delete(id: string): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.#slots.delete(id);
    const set = this.#due.get(slot);
    set?.delete(id);
    if (set?.size === 0) this.#due.delete(slot);
  }

  /** Those that have become due; they stay known, and are not due again until they are set. */
  take(now: number): string[] {
    const slot = Math.floor(now / GRAIN_MS);
    const taken: string[] = [];
    for (const each of this.#reached(slot)) {
      for (const id of this.#due.get(each) ?? []) {
        this.#slots.set(id, Infinity);
        taken.push(id);
      }
      this.#due.delete(each);
    }
    // A clock that is put back does not bring back what is done.
    this.#last = slot;
    return taken;
  }

  /** Walks whichever is shorter: the time that has passed, or what there is. */
  #reached(slot: number): number[] {
    if (slot - this.#last > this.#due.size) {
      return [...this.#due.keys()].filter((each) => each <= slot).sort((a, b) => a - b);
    }
    return Array.from({ length: slot - this.#last }, (_, i) => this.#last + 1 + i);
  }
}
