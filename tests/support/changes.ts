const IN_TIME_MS = 20_000;

/** Lets a test wait until something holds which changes only now and then. */
export class Changes {
  readonly #waiters = new Set<() => void>();

  /** Something has changed. */
  wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** Resolves when `is` holds; rejects with what `describe` says when that takes too long. */
  async until(is: () => boolean, describe: () => unknown): Promise<void> {
    const late = Promise.withResolvers<never>();
    late.promise.catch(() => {});
    const timer = setTimeout(() => {
      late.reject(new Error(`Not in time: ${JSON.stringify(describe())}`));
    }, IN_TIME_MS);
    try {
      while (!is()) {
        const changed = new Promise<void>((resolve) => this.#waiters.add(resolve));
        await Promise.race([late.promise, changed]);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
