/**
 * Tells owners that something of theirs has changed. Nobody waits for it, and however many changes
 * there are, one call is under way for a URL and the newest version is next.
 *
 * @module
 */

import { getLogger } from "../../../log/log.ts";
import type { Clock } from "../../../time/clock.ts";
import { Rates } from "../rates.ts";
import type { AllowList } from "./allow_list.ts";
import { PushRefusedError } from "./call.ts";

/** What comes together is told together. */
const GATHER_MS = 25;
const CALL_MS = 3_000;
const RETRY_MS = [2_000, 8_000, 20_000] as const;
const MAX_AT_ONCE = 50;
const PER_HOST = { perSec: 10, atOnce: 10 } as const;
/** URLs that wait for their turn; further ones are not told. */
const MAX_WAITING = 10_000;

const logger = getLogger("rooms");

/** What became of a notification. */
export type PushOutcome = "done" | "failed" | "dropped";

export interface NotifierOptions {
  readonly clock: Clock;
  readonly allowed: AllowList;
  /** The URLs of a user's sessions. */
  readonly urlsOf: (user: string) => Promise<readonly string[]>;
  /** Makes one call. @throws {PushRefusedError} never again. @throws {Error} */
  readonly call: (url: URL, version: number, signal: AbortSignal) => Promise<void>;
  readonly pushed: (outcome: PushOutcome) => void;
}

/** Of one URL. */
interface Line {
  readonly url: URL;
  /** The newest version that has not been told. */
  next: number | undefined;
  attempts: number;
  busy: boolean;
  timer: Disposable | undefined;
}

export class Notifier implements Disposable {
  readonly #options: NotifierOptions;
  readonly #lines = new Map<string, Line>();
  readonly #hosts: Rates;
  readonly #calls = new Set<AbortController>();
  readonly #waiting: Line[] = [];
  #disposed = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#hosts = new Rates(options.clock, PER_HOST);
  }

  /** Something of `user` has changed; `version` is its time in whole seconds. Never fails. */
  async changed(user: string, version: number): Promise<void> {
    try {
      for (const text of await this.#options.urlsOf(user)) this.#add(text, version);
    } catch (error) {
      logger.debug("Cannot read whom to tell: {error}", { error: String(error) });
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { timer } of this.#lines.values()) timer?.[Symbol.dispose]();
    for (const call of this.#calls) call.abort();
    this.#lines.clear();
  }

  #add(text: string, version: number): void {
    if (this.#disposed) return;
    const url = new URL(text);
    if (!this.#options.allowed.allows(url)) return;
    let line = this.#lines.get(text);
    if (!line) {
      if (this.#lines.size >= MAX_WAITING) return this.#options.pushed("dropped");
      line = { url, next: undefined, attempts: 0, busy: false, timer: undefined };
      this.#lines.set(text, line);
    }
    line.next = Math.max(line.next ?? 0, version);
    // A new version does not wait until an old one is tried again.
    const soon = !line.timer || line.attempts > 0;
    line.attempts = 0;
    if (!line.busy && soon) this.#later(line, GATHER_MS);
  }

  #later(line: Line, ms: number): void {
    line.timer?.[Symbol.dispose]();
    line.timer = this.#options.clock.after(ms, () => this.#start(line));
  }

  #start(line: Line): void {
    line.timer = undefined;
    if (this.#disposed || line.busy || line.next === undefined) return;
    if (this.#calls.size >= MAX_AT_ONCE) {
      if (!this.#waiting.includes(line)) this.#waiting.push(line);
      return;
    }
    const wait = this.#hosts.take(line.url.host);
    if (wait !== undefined) return this.#later(line, wait * 1_000);
    void this.#tell(line, line.next);
  }

  async #tell(line: Line, version: number): Promise<void> {
    const call = new AbortController();
    const { clock, pushed } = this.#options;
    using _timer = clock.after(CALL_MS, () => call.abort());
    line.next = undefined;
    line.busy = true;
    this.#calls.add(call);
    try {
      await this.#options.call(line.url, version, call.signal);
      pushed("done");
      line.attempts = 0;
    } catch (error) {
      // The URL is the client's own, and stays out of the log.
      logger.debug("A notification did not get through: {error}", { error: errorName(error) });
      this.#failed(line, version, error);
    } finally {
      line.busy = false;
      this.#calls.delete(call);
      this.#settle(line);
    }
  }

  #failed(line: Line, version: number, error: unknown): void {
    const again = RETRY_MS[line.attempts];
    if (error instanceof PushRefusedError || again === undefined) {
      this.#options.pushed("failed");
      return;
    }
    line.attempts++;
    // A newer one is told soon anyway.
    if (line.next !== undefined) return;
    line.next = version;
    if (!this.#disposed) this.#later(line, again);
  }

  #settle(line: Line): void {
    if (line.next === undefined) this.#lines.delete(line.url.href);
    else if (!line.timer) this.#later(line, GATHER_MS);
    const next = this.#waiting.shift();
    if (next) this.#start(next);
  }
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
