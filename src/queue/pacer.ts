import { getLogger } from "../log/log.ts";
import type { Clock, Timer } from "../time/clock.ts";
import type { Conference } from "./conference.ts";

/** How often due visitors are looked for: the evenness of a release. */
const TICK_MS = 10;
/**
 * Visitors told in one turn of the event loop, so that beats and requests are not kept waiting. The
 * runtime's own server writes when the turn is over: with few a turn the first is told sooner, and the
 * last one no later.
 */
const SLICE = 64;

/** One alone came when the release was over: it is no release of its own. */
const LEAST_TOLD = 2;

const logger = getLogger("queue");

/** How a release began. */
interface Run {
  readonly at: number;
  /** Who had been told by then. */
  readonly told: number;
}

/** Runs the releases of all conferences of an isolate on one timer, which stands still without any. */
export class Pacer implements Disposable {
  readonly #active = new Map<Conference, Run>();
  #timer: Timer | undefined;
  #disposed = false;

  constructor(readonly clock: Clock) {}

  /** Takes `conference` in; its first visitor is told in the next turn of the event loop. */
  add(conference: Conference): void {
    if (this.#disposed || this.#active.has(conference)) return;
    this.#active.set(conference, { at: this.clock.now(), told: conference.told });
    this.#timer ??= this.clock.every(TICK_MS, () => this.#tick());
    this.clock.after(0, () => this.#run(conference));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#active.clear();
    this.#rest();
  }

  #tick(): void {
    for (const conference of this.#active.keys()) this.#run(conference);
  }

  #run(conference: Conference): void {
    const run = this.#active.get(conference);
    if (!run) return;
    if (conference.run(this.clock.now(), SLICE)) {
      this.clock.after(0, () => this.#run(conference));
    } else if (conference.line.release.done) {
      this.#active.delete(conference);
      this.#tell(conference, run);
      if (this.#active.size === 0) this.#rest();
    }
  }

  /** Says how a release went in this isolate. */
  #tell({ key, told }: Conference, begun: Run): void {
    const count = told - begun.told;
    if (count < LEAST_TOLD) return;
    logger.info("{conference}: told {told} visitors of this isolate in {seconds} s", {
      conference: key,
      told: count,
      seconds: Math.round(this.clock.now() - begun.at) / 1_000,
    });
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
