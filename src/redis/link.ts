import { type Clock, systemClock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { RedisClient } from "./client.ts";
import { within } from "../time/within.ts";

const log = getLogger("redis");

/** How long a connection may take until it is ready for commands. */
const CONNECT_TIMEOUT_MS = 5_000;

/** How long a goodbye may take. */
const LEAVE_TIMEOUT_MS = 500;

/** How long an ended connection may take to be gone. */
const END_TIMEOUT_MS = 2_000;

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/** Commands that Redis owes an answer to, also those that nobody waits for any longer. */
const MAX_IN_FLIGHT = 20_000;

/** How a connection is made, and who hears of its life. */
export interface RedisLinkOptions<Client extends RedisClient> {
  /** What the link is for, as the log says it. */
  readonly name: string;
  /** Makes a client that is not yet connected. */
  readonly create: () => Client | Promise<Client>;
  /** Makes a new connection fit for use, before {@linkcode RedisLink.use} hands it out. */
  readonly setUp?: (client: Client) => Promise<void>;
  /** Says goodbye on the connection that stands when the link is disposed. */
  readonly leave?: (client: Client) => Promise<unknown>;
  /** Is told each time a connection stands. */
  readonly onUp?: () => void;
  /** Is told each time a connection that stood has ended. */
  readonly onDown?: () => void;
  readonly clock?: Clock;
}

/**
 * Keeps a connection to Redis: opens one, and another whenever it ends, until disposed. While
 * there is none a command fails at once; nothing queues.
 */
export class RedisLink<Client extends RedisClient = RedisClient> implements AsyncDisposable {
  /** Resolves when the first attempt to connect has succeeded or failed. */
  readonly tried: Promise<void>;
  readonly #options: RedisLinkOptions<Client>;
  readonly #clock: Clock;
  readonly #done: Promise<void>;
  readonly #firstTry = Promise.withResolvers<void>();
  /** The connection that stands. */
  #client: Client | undefined;
  /** The connection that stands or is being made. */
  #current: Client | undefined;
  /** A connection that was given up and has not ended yet. */
  #dropped: Client | undefined;
  #wake: (() => void) | undefined;
  #lastError: unknown;
  #outage = false;
  #inFlight = 0;
  #closed = false;

  constructor(options: RedisLinkOptions<Client>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.tried = this.#firstTry.promise;
    this.#done = this.#run();
  }

  /** Whether a connection stands, as far as is known. */
  get up(): boolean {
    return this.#client !== undefined;
  }

  /**
   * Gives the connection to `work`, which is called before this returns.
   *
   * @throws {Error} no connection stands, or too much is in flight, or `work` failed or took more
   * than `timeoutMs`.
   */
  async use<T>(work: (client: Client) => Promise<T>, timeoutMs: number): Promise<T> {
    if (!this.#client) {
      const reason = reasonOf(this.#lastError) ?? "no connection yet";
      throw new Error(`Redis is not connected: ${reason}`, { cause: this.#lastError });
    }
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      throw new Error(`Redis owes ${MAX_IN_FLIGHT} answers`);
    }
    this.#inFlight++;
    const result = work(this.#client).finally(() => this.#inFlight--);
    try {
      return await within(result, timeoutMs, this.#clock);
    } catch (error) {
      // The master has become a replica; its name or its Sentinels may lead to the new one.
      if (error instanceof Error && error.message.startsWith("READONLY")) {
        this.drop(error.message);
      }
      throw error;
    }
  }

  /** Gives the connection up, for `reason`; another is opened. */
  drop(reason: string): void {
    const client = this.#current;
    if (!client || client === this.#dropped) return;
    this.#dropped = client;
    this.#lastError = new Error(reason);
    client.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return await this.#done;
    this.#closed = true;
    const client = this.#client;
    const { leave } = this.#options;
    this.#client = undefined;
    if (client && leave) await within(leave(client), LEAVE_TIMEOUT_MS, this.#clock).catch(() => {});
    this.#current?.disconnect();
    this.#wake?.();
    await this.#done;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closed;) {
      const stood = await this.#connectOnce();
      failures = stood ? 0 : failures + 1;
      if (!this.#closed) await this.#pause(retryDelay(failures));
    }
  }

  /** Opens a connection and waits for its end. Says whether it ever stood. */
  async #connectOnce(): Promise<boolean> {
    let client: Client | undefined;
    const before = this.#lastError;
    try {
      client = await this.#options.create();
      // Unheard, the library would write to stderr; the reason is told with what fails for it.
      client.on("error", (error: unknown) => this.#lastError = error);
      const ended = new Promise<void>((resolve) => client!.once("end", resolve));
      await this.#open(client);
      await ended;
      return true;
    } catch (error) {
      // What the library reported says more than that the connection was closed.
      if (this.#lastError === before) this.#lastError = error;
      return false;
    } finally {
      this.#onEnd();
      if (client) await this.#discard(client);
      this.#firstTry.resolve();
    }
  }

  async #open(client: Client): Promise<void> {
    if (this.#closed) throw new Error("The link is closed");
    this.#current = client;
    await within(client.connect(), CONNECT_TIMEOUT_MS, this.#clock);
    await this.#options.setUp?.(client);
    if (this.#closed || client.status !== "ready") throw new Error("The connection ended early");
    this.#client = client;
    this.#lastError = undefined;
    if (this.#outage) log.debug("Redis is back ({name})", { name: this.#options.name });
    this.#outage = false;
    this.#firstTry.resolve();
    this.#options.onUp?.();
  }

  #onEnd(): void {
    const stood = this.#client !== undefined;
    this.#client = undefined;
    this.#current = undefined;
    if (this.#closed) return;
    if (stood) this.#options.onDown?.();
    if (this.#outage) return;
    this.#outage = true;
    // The readiness of the isolate tells operators of an outage, once; this says which connection.
    log.debug("Redis cannot be reached ({name}): {error}", {
      name: this.#options.name,
      error: reasonOf(this.#lastError) ?? "the connection was closed",
    });
  }

  async #discard(client: Client): Promise<void> {
    if (client.status === "end") return;
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    client.disconnect();
    await within(ended, END_TIMEOUT_MS, this.#clock).catch(() => {});
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(ms, resolve);
      this.#wake = () => {
        timer[Symbol.dispose]();
        resolve();
      };
    });
  }
}

function reasonOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}

/** Doubles up to a bound, and varies by a quarter so that isolates do not come back as one. */
function retryDelay(failures: number): number {
  const delay = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS);
  return delay * (0.75 + Math.random() / 4);
}
