import { getLogger } from "../log/log.ts";
import type { Clock } from "../time/clock.ts";

/** How often each backing service is asked. */
export const CHECK_EVERY_MS = 2_000;
/** How long it has to answer. */
export const CHECK_MS = 2_000;

/** A store or a bus. */
export interface BackingService {
  /** Resolves when it answers. @throws {Error} it does not, within `timeoutMs`. */
  check(timeoutMs: number): Promise<void>;
}

/** What is checked, and how long it may be away. */
export interface ReadinessOptions {
  readonly services: Readonly<Record<string, BackingService>>;
  readonly clock: Clock;
  /** How long a service may be away before no new connections are welcome, in milliseconds. */
  readonly graceMs: number;
  /** Told of the result of every check. */
  readonly checked: (service: string, up: boolean) => void;
}

/** Whether this process should be given new connections, and why. */
export interface ReadinessSnapshot {
  readonly status: "starting" | "ready" | "draining" | "unavailable";
  readonly checks: Record<string, "ok" | "starting" | "unreachable">;
  /** Only where a service is away. `since` is ISO 8601. */
  readonly away?: Record<string, { since: string; reason: string }>;
}

/** What is known of a service. */
interface State {
  answered: boolean;
  asking: boolean;
  away: Away | undefined;
}

interface Away {
  /** On the clock that never jumps, and on the one that people read. */
  readonly from: number;
  readonly since: string;
  reason: string;
}

const logger = getLogger("ready");

/**
 * Asks the backing services by itself, so that the metrics and the log know of an outage without
 * anybody asking `/ready`. It begins with {@linkcode drain} to say no, whatever they answer.
 */
export class Readiness implements Disposable {
  readonly #options: ReadinessOptions;
  readonly #states: ReadonlyMap<string, State>;
  readonly #timer: Disposable;
  #draining = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
    this.#states = new Map(
      Object.keys(options.services)
        .map((name) => [name, { answered: false, asking: false, away: undefined }]),
    );
    this.#timer = options.clock.every(CHECK_EVERY_MS, () => void this.check());
  }

  /** Asks every service that is not being asked, and resolves when these have answered or not. */
  async check(): Promise<void> {
    const { services } = this.#options;
    await Promise.all(
      [...this.#states].map(([name, state]) =>
        state.asking ? undefined : this.#ask(name, services[name]!, state)
      ),
    );
  }

  /** From now on no new connections are welcome. */
  drain(): void {
    this.#draining = true;
  }

  snapshot(): ReadinessSnapshot {
    const checks: ReadinessSnapshot["checks"] = {};
    const away: NonNullable<ReadinessSnapshot["away"]> = {};
    for (const [name, state] of this.#states) {
      checks[name] = state.away ? "unreachable" : state.answered ? "ok" : "starting";
      if (state.away) away[name] = { since: state.away.since, reason: state.away.reason };
    }
    const status = this.#status();
    return { status, checks, ...(Object.keys(away).length > 0 && { away }) };
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #status(): ReadinessSnapshot["status"] {
    if (this.#draining) return "draining";
    const states = [...this.#states.values()];
    if (states.some(({ answered }) => !answered)) return "starting";
    const { clock, graceMs } = this.#options;
    const longAgo = clock.now() - graceMs;
    return states.some(({ away }) => away && away.from <= longAgo) ? "unavailable" : "ready";
  }

  async #ask(name: string, service: BackingService, state: State): Promise<void> {
    const { clock, checked } = this.#options;
    // An outage begins with the first question that is not answered.
    const [from, since] = [clock.now(), new Date(clock.wall()).toISOString()];
    state.asking = true;
    try {
      await service.check(CHECK_MS);
      this.#answered(name, state);
      checked(name, true);
    } catch (error) {
      const reason = reasonOf(error);
      if (state.away) state.away.reason = reason;
      else {
        state.away = { from, since, reason };
        logger.warn("The {service} cannot be reached: {error}", {
          service: name,
          error: String(error),
        });
      }
      checked(name, false);
    } finally {
      state.asking = false;
    }
  }

  #answered(name: string, state: State): void {
    if (state.away) {
      const ms = Math.round(this.#options.clock.now() - state.away.from);
      logger.info("The {service} answers again after {ms} ms", { service: name, ms });
    }
    state.answered = true;
    state.away = undefined;
  }
}

/** Why a Redis that answers does not write. */
const REFUSALS = /\b(MISCONF|OOM|READONLY|NOREPLICAS|CLUSTERDOWN)\b/;

/** The code of an error or of what caused it. Messages may hold addresses, and anybody may ask. */
function reasonOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === "TimeoutError") return "no answer in time";
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && /^E[A-Z_]{2,30}$/.test(code)) return code;
    if (/\bdisk is full\b/.test(at.message)) return "disk full";
    const [refusal] = REFUSALS.exec(at.message) ?? [];
    if (refusal) return refusal;
  }
  return "no answer";
}
