/** Deadlines that are kept at most; the oldest is forgotten first. */
const MAX_DEADLINES = 200_000;

interface Deadline {
  readonly versionstamp: string;
  /** By {@linkcode Clock.now}. */
  readonly at: number;
}

/**
 * When the entries that this process has written or seen end, by its monotonic clock. A deadline
 * belongs to one version of an entry: when another process sets the key anew, it is void.
 */
export class Deadlines {
  readonly #deadlines = new Map<string, Deadline>();

  /** The deadline of this version of `key`, if it is known. */
  get(key: string, versionstamp: string): number | undefined {
    const known = this.#deadlines.get(key);
    return known?.versionstamp === versionstamp ? known.at : undefined;
  }

  set(key: string, versionstamp: string, at: number): void {
    const known = this.#deadlines.get(key);
    // Versionstamps grow; an answer that comes late must not replace a newer version's deadline.
    if (known && known.versionstamp > versionstamp) return;
    this.#deadlines.delete(key);
    this.#deadlines.set(key, { versionstamp, at });
    if (this.#deadlines.size > MAX_DEADLINES) this.#forgetOldest();
  }

  delete(key: string): void {
    this.#deadlines.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#deadlines.keys()) {
      this.#deadlines.delete(key);
      return;
    }
  }
}
