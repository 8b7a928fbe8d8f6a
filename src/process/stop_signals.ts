/**
 * When the process is to stop.
 *
 * @module
 */

/**
 * One intention to stop may come as several signals: Ctrl-C and supervisors signal the whole process
 * group, and `deno task` passes on what it gets to a child that has had it already.
 */
const SAME_SIGNAL_MS = 1_000;

export interface StopHandlers {
  /** The first signal: leave in peace. */
  stop(): void;
  /** Another one, later: leave now. */
  abort(): void;
}

/** Tells a second signal from the first one's echo. */
export class StopSignals {
  readonly #handlers: StopHandlers;
  readonly #now: () => number;
  #first: number | undefined;

  /** @param now Milliseconds of a clock that is never set. */
  constructor(handlers: StopHandlers, now: () => number = () => performance.now()) {
    this.#handlers = handlers;
    this.#now = now;
  }

  /** Listens to what ends a process: Ctrl-C, and what supervisors send. */
  listen(): void {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      Deno.addSignalListener(signal, () => this.received());
    }
  }

  received(): void {
    if (this.#first === undefined) {
      this.#first = this.#now();
      this.#handlers.stop();
    } else if (this.#now() - this.#first >= SAME_SIGNAL_MS) {
      this.#handlers.abort();
    }
  }
}
