import type { Clock, Timer } from "../time/clock.ts";

/** How the receiving connection is tested. */
export interface RedisProbeOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Whether there is a subscriber connection to test. */
  readonly standing: () => boolean;
  /** Publishes probe `n` to the own inbox; gives the number of receivers. */
  readonly send: (n: number) => Promise<number>;
  /** Is told that the subscriber connection receives nothing. */
  readonly onDead: (reason: string) => void;
}

/**
 * Finds a subscriber connection that is open but dead: behind a replica that was cut off, or on a
 * path that lost its state. What an isolate publishes to its own inbox must come back.
 */
export class RedisProbe implements Disposable {
  readonly #options: RedisProbeOptions;
  readonly #timer: Timer;
  #sent = 0;
  /** The last probe that Redis says it has delivered. */
  #delivered = 0;
  /** The last probe that came back, or that belongs to an earlier connection. */
  #heard = 0;

  constructor(options: RedisProbeOptions) {
    this.#options = options;
    this.#timer = options.clock.every(options.everyMs, () => void this.#tick());
  }

  /** Takes note that probe `n` came back. */
  heard(n: number): void {
    this.#heard = Math.max(this.#heard, n);
  }

  /** Starts over with a new subscriber connection. */
  reset(): void {
    this.#heard = this.#sent;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  async #tick(): Promise<void> {
    const { standing, send, onDead } = this.#options;
    if (!standing()) return;
    if (this.#delivered > this.#heard) return onDead("a probe did not come back");
    const n = ++this.#sent;
    try {
      const receivers = await send(n);
      if (receivers > 0) this.#delivered = Math.max(this.#delivered, n);
      else if (n > this.#heard) onDead("nobody is subscribed to the own inbox");
    } catch {
      // Commands fail too, so nothing is known of the subscriber connection.
    }
  }
}
