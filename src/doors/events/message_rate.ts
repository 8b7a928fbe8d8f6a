/** What a client may send: so many messages a second... */
const A_SECOND = 20;
/** ...and so many at once. */
const AT_ONCE = 500;

/** A bound on the messages of one connection. Times are milliseconds of any clock. */
export class MessageRate {
  #spent = 0;
  #since = 0;

  /** Counts one more message; false: it is one too many. */
  take(now: number): boolean {
    // Whole seconds, so that what comes at once is counted exactly.
    const seconds = Math.floor((now - this.#since) / 1_000);
    if (seconds > 0) {
      this.#spent = Math.max(0, this.#spent - seconds * A_SECOND);
      this.#since = this.#spent === 0 ? now : this.#since + seconds * 1_000;
    }
    return ++this.#spent <= AT_ONCE;
  }
}
