interface Running<Result> {
  readonly done: Promise<Result>;
  next: Promise<Result> | undefined;
}

/**
 * Asks a question, for which only an answer counts that was asked for after the call: where the same
 * question is out already it is followed by another, one for all who come meanwhile. So a crowd costs
 * two questions, and a question out at a time.
 */
export class Fresh<Key, Result> {
  readonly #running = new Map<Key, Running<Result>>();
  readonly #query: (key: Key) => Promise<Result>;

  constructor(query: (key: Key) => Promise<Result>) {
    this.#query = query;
  }

  /** What the query gives or throws. */
  ask(key: Key): Promise<Result> {
    const running = this.#running.get(key);
    if (!running) return this.#start(key);
    const start = () => this.#start(key);
    return running.next ??= running.done.then(start, start);
  }

  async #start(key: Key): Promise<Result> {
    const running: Running<Result> = { done: this.#query(key), next: undefined };
    this.#running.set(key, running);
    try {
      return await running.done;
    } finally {
      if (!running.next) this.#running.delete(key);
    }
  }
}
