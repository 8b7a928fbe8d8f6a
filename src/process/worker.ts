/**
 * A worker isolate: one app behind the port that all workers share.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { App } from "../app.ts";
import { Calls } from "../base/calls.ts";
import type { Door } from "../doors/door.ts";
import { configureLogging, flushLog, getLogger } from "../log/log.ts";
import type { Server } from "../front/listener.ts";
import { keepAlive } from "./keep_alive.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** How long the process has to render the metrics of all workers. */
const METRICS_MS = 8_000;

/** Makes this isolate a worker that opens these doors. Called once, by the entry of the worker. */
export function runWorker(doors: readonly Door[]): void {
  const isolate = new WorkerIsolate(doors);
  self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    isolate.handle(data).catch((error) => isolate.fail(error));
  };
  keepAlive("worker");
}

class WorkerIsolate {
  readonly #metrics = new Calls<string>();
  #app: App | undefined;
  #host = "";
  #server: Server | undefined;

  constructor(readonly doors: readonly Door[]) {}

  async handle(message: ToWorker): Promise<void> {
    switch (message.type) {
      case "start":
        await this.#open(message);
        return this.#post({ type: "opened" });
      case "listen":
        return await this.#listen(message.port);
      case "snapshot": {
        // Somebody may scrape while this worker, which replaces another, is still starting.
        const snapshot = await this.#app?.snapshot() ?? [];
        return this.#post({ type: "snapshot", call: message.call, snapshot });
      }
      case "metrics":
        return this.#metrics.answer(message.call, message.text);
      case "drain":
        return await this.#drain(message.ms);
    }
  }

  fail(error: unknown): void {
    getLogger("worker").fatal("The worker failed: {error}", { error });
    this.#post({ type: "failed", reason: String(error) });
  }

  async #open({ type: _, store, ...rest }: Extract<ToWorker, { type: "start" }>): Promise<void> {
    const { settings, index } = rest;
    configureLogging({ ...settings.log, isolate: `w${index}` });
    this.#host = settings.host;
    this.#app = await App.open({
      ...rest,
      doors: this.doors,
      storePort: store,
      metricsText: () => this.#metricsText(),
    });
  }

  async #listen(port: number): Promise<void> {
    this.#server = await this.#app!.serve({ hostname: this.#host, port, reusePort: true });
    this.#post({ type: "listening", port: this.#server.port });
  }

  async #drain(ms: number): Promise<void> {
    await this.#app?.drain(ms);
    await this.#server?.[Symbol.asyncDispose]();
    await this.#app?.[Symbol.asyncDispose]();
    await flushLog();
    this.#post({ type: "drained" });
  }

  async #metricsText(): Promise<string> {
    const text = await this.#metrics.call(METRICS_MS, (call) => {
      this.#post({ type: "metrics", call });
    });
    if (text === undefined) throw new Error("Cannot gather the metrics of all workers in time");
    return text;
  }

  #post(message: FromWorker): void {
    self.postMessage(message);
  }
}
