import type { Clock, Timer } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";

/** How often resident memory is looked at. */
const LOOK_MS = 250;
/** Pressure ends below this part of the bound, so that it does not come and go. */
const RELIEF = 0.95;

/** How much memory is too much, and what is done then. */
export interface MemoryGuardOptions {
  readonly clock: Clock;
  /** Octets of resident memory of the process that are too many. */
  readonly most: number;
  /** Octets of resident memory now. */
  readonly resident: () => number;
  /** Called at every look while there are too many. */
  readonly relieve: () => void;
}

const logger = getLogger("gateway");

/**
 * A watch on resident memory. The native front has no bound on what a stranger makes it buffer, so
 * under pressure strangers go first; on the hardened front this is the last resort.
 */
export class MemoryGuard implements Disposable {
  readonly #options: MemoryGuardOptions;
  readonly #timer: Timer;
  #pressed = false;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
    this.#timer = options.clock.every(LOOK_MS, () => this.#look());
  }

  /** True while memory is short and nobody new shall be let in. */
  get pressed(): boolean {
    return this.#pressed;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #look(): void {
    const { most, resident, relieve } = this.#options;
    const octets = resident();
    const pressed = octets > (this.#pressed ? most * RELIEF : most);
    if (pressed !== this.#pressed) {
      const message = pressed ? "Memory is short: strangers are shed" : "Memory is well again";
      logger.warn(message, { residentMiB: Math.round(octets / 2 ** 20) });
    }
    this.#pressed = pressed;
    if (pressed) relieve();
  }
}
