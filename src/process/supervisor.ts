import { announceGone } from "../bus/broadcast_channel.ts";
import { Calls } from "../base/calls.ts";
import { kept } from "../base/kept.ts";
import type { Settings } from "../config/config.ts";
import { getLogger } from "../log/log.ts";
import { type IsolateMetrics, ProcessMetrics } from "../metrics/process_metrics.ts";
import { serveStore } from "../store/remote.ts";
import type { Store } from "../store/store.ts";
import { systemClock } from "../time/clock.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { reclaim, type Shared } from "./shared.ts";

/** What the workers of a process are given. */
export interface SupervisorOptions {
  readonly settings: Settings;
  readonly process: string;
  readonly shared: Shared;
  readonly maxMemory: number;
  /** The module of a worker. */
  readonly worker: URL;
  /** The store that the workers reach through this isolate; undefined where each opens its own. */
  readonly store: Store | undefined;
}

/** How long a worker has to start, on a machine with many of them and much else to do. */
const START_MS = 60_000;
/** How long a worker has to send its numbers. */
const SNAPSHOT_MS = 5_000;
/** How long `/metrics` repeats an answer: who asks a thousand times a second costs no more than one. */
export const METRICS_KEPT_MS = 1_000;
/** The first pause before a worker that died is replaced, and the longest. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 5_000;

const logger = getLogger("supervisor");

/** The workers of a process: started together, replaced when they die, drained together. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #workers: (WorkerHandle | undefined)[] = [];
  readonly #metrics = new ProcessMetrics();
  /** One for all workers: two that each kept their own would let a counter fall between them. */
  readonly #keptMetrics = kept(() => this.metricsText(), METRICS_KEPT_MS, systemClock);
  /**
   * Kept open from the first death on: in this runtime a channel that is opened right after the last
   * one was closed may fail.
   */
  #channel: BroadcastChannel | undefined;
  #port = 0;
  #draining = false;

  private constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Starts all workers. Resolves when all of them listen. @throws {Error} one could not start. */
  static async open(options: SupervisorOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options);
    const { workers, port } = options.settings;
    supervisor.#port = port;
    // All are on the bus before the first accepts, so that each knows all the others.
    const started = Array.from({ length: workers }, (_, i) => supervisor.#start(i));
    for (const handle of await Promise.all(started)) await supervisor.#listen(handle);
    return supervisor;
  }

  /** The port they share. */
  get port(): number {
    return this.#port;
  }

  /** The metrics of all workers as one text. One that does not answer counts as it last did. */
  async metricsText(): Promise<string> {
    await Promise.all(this.#workers.map((worker) => worker?.refreshMetrics()));
    return await this.#metrics.render();
  }

  /** Closes all connections, spread over `ms`. Resolves when the workers are done. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    await Promise.all(this.#workers.map((worker) => worker?.drain(ms)));
  }

  /** Ends the workers at once. */
  terminate(): void {
    this.#draining = true;
    for (const worker of this.#workers) worker?.terminate();
    this.#channel?.close();
  }

  async #start(index: number): Promise<WorkerHandle> {
    const id = crypto.randomUUID();
    const { settings, process, shared, maxMemory, worker } = this.#options;
    const handle = new WorkerHandle(worker, index, id, this.#metrics.begin(index), {
      died: (reason) => this.#died(handle, reason),
      metrics: this.#keptMetrics,
    });
    this.#workers[index] = handle;
    const store = this.#openStore(handle);
    handle.post(
      {
        type: "start",
        settings,
        process,
        id,
        index,
        shared,
        maxMemory,
        store,
      },
      store ? [store] : [],
    );
    await handle.opened;
    return handle;
  }

  async #listen(handle: WorkerHandle): Promise<void> {
    handle.post({ type: "listen", port: this.#port });
    this.#port = await handle.listening;
  }

  #openStore(handle: WorkerHandle): MessagePort | undefined {
    if (!this.#options.store) return undefined;
    const { port1, port2 } = new MessageChannel();
    handle.serves(serveStore(this.#options.store, port1));
    return port2;
  }

  #died(handle: WorkerHandle, reason: string): void {
    if (this.#workers[handle.index] !== handle) return;
    logger.error("Worker {index} died: {reason}", { index: handle.index, reason });
    this.#workers[handle.index] = undefined;
    handle.terminate();
    reclaim(this.#options.shared, handle.index);
    this.#channel ??= new BroadcastChannel(`${this.#options.process}-open`);
    announceGone(this.#options.process, handle.id).catch((error) => {
      logger.error("Cannot announce the death of worker {index}: {error}", {
        index: handle.index,
        error,
      });
    });
    // Before all have listened there is nothing to keep up: the start fails instead.
    if (handle.listened && !this.#draining) void this.#replace(handle.index);
  }

  async #replace(index: number): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#draining; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      try {
        await this.#listen(await this.#start(index));
        logger.info("Worker {index} is replaced", { index });
        return;
      } catch (error) {
        logger.error("Cannot replace worker {index}: {error}", { index, error });
      }
    }
  }
}

interface WorkerEvents {
  died(reason: string): void;
  metrics(): Promise<string>;
}

/** One worker as the supervisor sees it. */
class WorkerHandle {
  readonly #worker: Worker;
  readonly #events: WorkerEvents;
  readonly #metrics: IsolateMetrics;
  readonly #snapshots = new Calls<true>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #listening = Promise.withResolvers<number>();
  readonly #drained = Promise.withResolvers<void>();
  readonly #startTimer: ReturnType<typeof setTimeout>;
  listened = false;
  #served: Disposable | undefined;

  constructor(
    module: URL,
    readonly index: number,
    readonly id: string,
    metrics: IsolateMetrics,
    events: WorkerEvents,
  ) {
    this.#metrics = metrics;
    this.#events = events;
    this.#worker = new Worker(module, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#handle(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    this.#worker.onmessageerror = () => this.#fail("unreadable message");
    this.#startTimer = setTimeout(() => this.#fail("did not start in time"), START_MS);
    // Each is awaited once the one before has come; a failure shows there.
    for (const { promise } of [this.#opened, this.#listening]) promise.catch(() => {});
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get listening(): Promise<number> {
    return this.#listening.promise;
  }

  post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** Asks the worker for its numbers. Resolves when they have come, or it takes too long. */
  async refreshMetrics(): Promise<void> {
    await this.#snapshots.call(SNAPSHOT_MS, (call) => this.post({ type: "snapshot", call }));
  }

  drain(ms: number): Promise<void> {
    this.post({ type: "drain", ms });
    return this.#drained.promise;
  }

  /** Takes what serves the worker, to be ended with it. */
  serves(served: Disposable): void {
    this.#served = served;
  }

  terminate(): void {
    clearTimeout(this.#startTimer);
    this.#served?.[Symbol.dispose]();
    this.#metrics[Symbol.dispose]();
    this.#snapshots[Symbol.dispose]();
    this.#worker.terminate();
  }

  #handle(message: FromWorker): void {
    switch (message.type) {
      case "opened":
        return this.#opened.resolve();
      case "listening":
        clearTimeout(this.#startTimer);
        this.listened = true;
        return this.#listening.resolve(message.port);
      case "snapshot":
        // Also one that comes too late for its scrape: the next one may get no answer at all.
        this.#metrics.update(message.call, message.snapshot);
        return this.#snapshots.answer(message.call, true);
      case "metrics":
        return void this.#answerMetrics(message.call);
      case "drained":
        return this.#drained.resolve();
      case "failed":
        return this.#fail(message.reason);
    }
  }

  async #answerMetrics(call: number): Promise<void> {
    this.post({ type: "metrics", call, text: await this.#events.metrics() });
  }

  #fail(reason: string): void {
    const error = new Error(`Worker ${this.index}: ${reason}`);
    this.#opened.reject(error);
    this.#listening.reject(error);
    this.#drained.resolve();
    this.#events.died(reason);
  }
}
