/**
 * The entry of a worker isolate: one app behind the port that all workers share.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { App } from "../app.ts";
import { Calls } from "../base/calls.ts";
import { Capacity } from "../gateway/capacity.ts";
import { configureLogging, flushLog, getLogger } from "../log/log.ts";
import type { Server } from "../front/listener.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** How long the process has to render the metrics of all workers. */
const METRICS_MS = 8_000;

const metricsCalls = new Calls<string>();
let app: App | undefined;
let start: Extract<ToWorker, { type: "start" }>;
let server: Server | undefined;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  handle(data).catch(fail);
};

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case "start":
      start = message;
      await open();
      post({ type: "opened" });
      break;
    case "listen":
      await listen(message.port);
      break;
    case "snapshot":
      // Somebody may scrape while this worker, which replaces another, is still starting.
      post({ type: "snapshot", call: message.call, snapshot: await app?.snapshot() ?? [] });
      break;
    case "metrics":
      metricsCalls.answer(message.call, message.text);
      break;
    case "drain":
      await app?.drain(message.ms);
      await server?.[Symbol.asyncDispose]();
      await app?.[Symbol.asyncDispose]();
      await flushLog();
      post({ type: "drained" });
      break;
  }
}

async function open(): Promise<void> {
  const { settings, index, id, process, store } = start;
  configureLogging({ ...settings.log, isolate: `w${index}` });
  app = await App.open({
    settings,
    process,
    id,
    capacity: new Capacity(start.capacity, index, start.maxConnections),
    accepted: new Capacity(start.accepted, index, start.maxAccepted),
    maxMemory: start.maxMemory,
    signatures: start.signatures,
    storePort: store,
    metricsText: async () => {
      const text = await metricsCalls.call(METRICS_MS, (call) => post({ type: "metrics", call }));
      if (text === undefined) throw new Error("Cannot gather the metrics of all workers in time");
      return text;
    },
  });
}

async function listen(port: number): Promise<void> {
  server = await app!.serve({ hostname: start.settings.host, port, reusePort: true });
  post({ type: "listening", port: server.port });
}

function post(message: FromWorker): void {
  self.postMessage(message);
}

function fail(error: unknown): void {
  getLogger("worker").fatal("The worker failed: {error}", { error });
  post({ type: "failed", reason: String(error) });
}

// What nobody caught concerns one connection; ending the isolate would concern all of them.
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  getLogger("worker").error("Unhandled: {error}", { error: event.reason });
});
self.addEventListener("error", (event) => {
  event.preventDefault();
  getLogger("worker").error("Uncaught: {error}", { error: event.error });
});
