import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../time/clock.ts";
import type { Directory } from "./directory.ts";
import type { Keeper } from "./keeper.ts";
import type { Known } from "./live_record.ts";
import type { Changed, LiveState } from "./live_state.ts";
import { CONFERENCES, ISOLATES } from "./messages.ts";
import type { Planner } from "./planner.ts";
import type { EndCause, EndOptions } from "./view.ts";
import type { Retelling } from "./retelling.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";

/** How long other isolates have to answer. */
const ANSWER_MS = 500;
/** How often a command is done anew because somebody has heard of a newer one that the store has lost. */
const MAX_ROUNDS = 3;

export interface CommandsOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly liveState: LiveState;
  readonly keeper: Keeper;
  readonly retelling: Retelling;
  readonly directory: Directory;
  readonly planner: Planner;
  /** The store has taken in that a conference is live, or is not any more. */
  readonly stored: (key: string, state: "live" | "ended", cause?: EndCause) => void;
}

/** What a go-live did. */
export interface Released {
  /** How many waited, as far as the isolates answered. */
  readonly visitors: number;
  readonly version: number;
}

/** Goes live and ends: stores it, answers for it from then on, and tells everybody. */
export class Commands {
  constructor(readonly options: CommandsOptions) {}

  /** @throws {QueueUnavailableError} it cannot be stored. */
  async goLive(key: string): Promise<Released> {
    const { liveState, planner } = this.options;
    let after = this.#versionOf(key);
    for (let round = 1;; round++) {
      const live = this.#answerFor(key, await liveState.mark(key, { after }));
      const { version } = live;
      if (round === 1) this.options.stored(key, "live");
      const { visitors, newest } = await planner.goLive(key, live);
      if (newest <= version || round === MAX_ROUNDS) return { visitors, version };
      if (await this.#isOvertaken(key, newest)) return { visitors, version };
      after = newest;
    }
  }

  /**
   * Makes a live state last longer; undefined when another version than `ifVersion` stood there.
   *
   * @throws {QueueUnavailableError} it cannot be stored.
   */
  async prolong(key: string, ifVersion: number): Promise<number | undefined> {
    const { liveState, planner } = this.options;
    const changed = await liveState.prolong(key, ifVersion);
    if (!changed) return undefined;
    const live = this.#answerFor(key, changed);
    // The others believe in it until the time that they know.
    await planner.goLive(key, live);
    return live.version;
  }

  /**
   * False when another version than `ifVersion` stood there, and nothing was done.
   *
   * @throws {QueueUnavailableError} it cannot be stored.
   */
  async end(key: string, { ifVersion, cause }: EndOptions = {}): Promise<boolean> {
    const { clock, directory, liveState } = this.options;
    let after = this.#versionOf(key);
    for (let round = 1;; round++) {
      const changed = await liveState.clear(key, { after, ifVersion });
      if (!changed) return false;
      const ended = this.#answerFor(key, changed);
      if (round === 1) this.options.stored(key, "ended", cause);
      directory.get(key)?.hear(ended, clock.now());
      const newest = await this.#tellEnd(key, ended);
      if (newest <= ended.version || round === MAX_ROUNDS || ifVersion !== undefined) return true;
      if (await this.#isOvertaken(key, newest)) return true;
      after = newest;
    }
  }

  #versionOf(key: string): number | undefined {
    return this.options.directory.get(key)?.version;
  }

  /** Who answered for what was there before does so no more. */
  #answerFor(key: string, { now, before }: Changed): Known {
    const { bus, keeper } = this.options;
    keeper.keep(key, now);
    const by = before?.by;
    if (by !== undefined && by !== bus.id) {
      ISOLATES.tell(bus, by, { type: "superseded", key, version: now.version })
        .catch((error) => noteUnreachable(`tell ${by} of ${key}`, error));
    }
    return now;
  }

  /** Gives the newest version that somebody has heard of. */
  async #tellEnd(key: string, ended: Known): Promise<number> {
    const { bus, retelling } = this.options;
    const { version } = ended;
    const { answers, complete } = await CONFERENCES.of(key)
      .ask(bus, { type: "end", version }, ANSWER_MS)
      .catch((error) => {
        noteUnreachable(`tell others that ${key} is not live`, error, "warn");
        return NO_ANSWERS;
      });
    if (!complete) retelling.add(key, ended);
    return answers.values().reduce((newest, report) => Math.max(newest, report.version ?? 0), 0);
  }

  /**
   * Somebody has heard of a newer version: where the store has it too another command came later,
   * otherwise the store had lost it.
   */
  async #isOvertaken(key: string, newest: number): Promise<boolean> {
    const stored = await this.options.liveState.readHeld(key);
    return stored !== undefined && stored.version >= newest;
  }
}
