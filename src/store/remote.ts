import { type Clock, systemClock, type Timer } from "../time/clock.ts";
import {
  type DeleteOptions,
  type Entry,
  type SetOptions,
  type Store,
  StoreError,
  type Version,
} from "./store.ts";

/** Calls that wait for an answer at a time. */
const MAX_PENDING = 20_000;

const TIMEOUT_MS = 10_000;

/** The calls of the port, with their arguments. */
type Call =
  | { op: "get"; keys: readonly string[] }
  | { op: "set"; key: string; value: string; options: SetOptions }
  | { op: "delete"; key: string; options: DeleteOptions }
  | { op: "keys"; prefix: string; limit: number }
  | { op: "check"; timeoutMs: number };

type Request = Call & { n: number };

type Reply =
  | { n: number; value: unknown }
  | { n: number; error: { message: string; cause: string | undefined } };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
  readonly timer: Timer;
}

/** How long a call may take. */
export interface RemoteStoreOptions {
  clock?: Clock;
  /** How long a call waits for its answer. Default: 10 s. */
  timeoutMs?: number;
}

/**
 * The store of another isolate, over a `MessagePort` whose other end {@linkcode serveStore} has.
 *
 * Cost: two messages a call, and what the call costs there.
 */
export class RemoteStore implements Store {
  readonly #port: MessagePort;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  #closed = false;

  constructor(
    port: MessagePort,
    { clock = systemClock, timeoutMs = TIMEOUT_MS }: RemoteStoreOptions = {},
  ) {
    this.#port = port;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    port.onmessage = ({ data }) => this.#receive(data as Reply);
  }

  async get(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    return await this.#call({ op: "get", keys }) as (Entry | undefined)[];
  }

  async set(key: string, value: string, options: SetOptions = {}): Promise<Version | undefined> {
    return await this.#call({ op: "set", key, value, options }) as Version | undefined;
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    return await this.#call({ op: "delete", key, options }) as boolean;
  }

  async keys(prefix: string, limit: number): Promise<string[]> {
    return await this.#call({ op: "keys", prefix, limit }) as string[];
  }

  async check(timeoutMs: number): Promise<void> {
    await this.#call({ op: "check", timeoutMs }, timeoutMs);
  }

  /** Closes this end. The store itself belongs to the other isolate and stays open. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#port.close();
    for (const n of [...this.#pending.keys()]) this.#fail(n, "the store is closed");
    return Promise.resolve();
  }

  #call(call: Call, timeoutMs: number = this.#timeoutMs): Promise<unknown> {
    if (this.#closed) return Promise.reject(new StoreError(`Cannot ${call.op}: it is closed`));
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(new StoreError(`Cannot ${call.op}: ${MAX_PENDING} calls wait`));
    }
    const n = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = this.#clock.after(timeoutMs, () => this.#fail(n, `no answer in ${timeoutMs} ms`));
    this.#pending.set(n, { resolve, reject, timer });
    this.#port.postMessage({ ...call, n } satisfies Request);
    return promise;
  }

  #receive(reply: Reply): void {
    const pending = this.#take(reply.n);
    if (!pending) return;
    if ("value" in reply) pending.resolve(reply.value);
    else pending.reject(new StoreError(reply.error.message, { cause: reply.error.cause }));
  }

  #fail(n: number, why: string): void {
    this.#take(n)?.reject(new StoreError(`Cannot reach the store: ${why}`));
  }

  #take(n: number): Pending | undefined {
    const pending = this.#pending.get(n);
    this.#pending.delete(n);
    pending?.timer[Symbol.dispose]();
    return pending;
  }
}

/**
 * Lets the isolate at the other end of `port` use `store`, until disposed. Then nothing that still
 * comes is done, and what is under way is done but not answered. Disposing it does not touch the
 * store, and is safe also twice and after the other end is gone.
 */
export function serveStore(store: Store, port: MessagePort): Disposable {
  let serving = true;
  port.onmessage = async ({ data }) => {
    if (!serving) return;
    const reply = await answer(store, data as Request);
    if (serving) port.postMessage(reply);
  };
  return {
    [Symbol.dispose]: () => {
      serving = false;
      port.onmessage = null;
      port.close();
    },
  };
}

async function answer(store: Store, request: Request): Promise<Reply> {
  const { n } = request;
  try {
    return { n, value: await run(store, request) };
  } catch (error) {
    const { message, cause } = error as Error;
    return { n, error: { message, cause: cause === undefined ? undefined : String(cause) } };
  }
}

function run(store: Store, call: Call): Promise<unknown> {
  switch (call.op) {
    case "get":
      return store.get(call.keys);
    case "set":
      return store.set(call.key, call.value, call.options);
    case "delete":
      return store.delete(call.key, call.options);
    case "keys":
      return store.keys(call.prefix, call.limit);
    case "check":
      return store.check(call.timeoutMs);
  }
}
