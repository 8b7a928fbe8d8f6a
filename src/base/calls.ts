/** The most calls that wait for an answer at a time. */
const MAX_PENDING = 1_000;

/** Matches answers to calls that were posted to another isolate. */
export class Calls<Answer> implements Disposable {
  #last = 0;
  #disposed = false;
  readonly #pending = new Map<number, (answer: Answer | undefined) => void>();

  /**
   * Posts a call and resolves with its answer; with undefined when none came within `timeoutMs`, too
   * many wait, or nobody is left to answer.
   */
  call(timeoutMs: number, post: (call: number) => void): Promise<Answer | undefined> {
    if (this.#disposed || this.#pending.size >= MAX_PENDING) return Promise.resolve(undefined);
    const call = ++this.#last;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(call, undefined), timeoutMs);
      this.#pending.set(call, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      post(call);
    });
  }

  /** Takes an answer in; one that comes too late is ignored. */
  answer(call: number, answer: Answer | undefined): void {
    const resolve = this.#pending.get(call);
    this.#pending.delete(call);
    resolve?.(answer);
  }

  /** Nobody is left to answer: all calls resolve with undefined at once. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const call of this.#pending.keys()) this.answer(call, undefined);
  }
}
