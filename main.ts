/**
 * The process: settings, workers, signals, exit code.
 *
 * @module
 */

import { App, DOOR_SETTINGS, openProcessStore } from "./src/app.ts";
import { systemClock } from "./src/time/clock.ts";
import { loadSettings, type Settings, SettingsError, warningLine } from "./src/config/config.ts";
import { Capacity } from "./src/gateway/capacity.ts";
import { createMetricsApp } from "./src/http/app.ts";
import { configureLogging, flushLog, getLogger } from "./src/log/log.ts";
import { renderMetrics } from "./src/metrics/metrics.ts";
import { acceptedByLimit, connectionsByLimit, memoryByLimit } from "./src/process/limits.ts";
import { listenDeno, Server } from "./src/front/listener.ts";
import { Supervisor } from "./src/process/supervisor.ts";

/** How long requests that are being answered may take after the last connection is closed. */
const LAST_REQUESTS_MS = 2_000;

const logger = getLogger("main");

/** All isolates of this process, however many there are. */
interface Service {
  readonly port: number;
  metricsText(): Promise<string>;
  drain(ms: number): Promise<void>;
}

async function main(): Promise<void> {
  const { settings, warnings } = readSettings();
  configureLogging({ ...settings.log, isolate: "main" });
  for (const warning of warnings) logger.warn("{warning}", { warning: warningLine(warning) });
  try {
    const service = await open(settings.demo ? forDemo(settings) : settings);
    if (settings.metricsPort !== undefined) await serveMetrics(settings, service);
    announce(settings, service.port);
    handleSignals(settings, service);
  } catch (error) {
    logger.fatal("Cannot start: {error}", { error });
    await flushLog();
    Deno.exit(1);
  }
}

function readSettings(): ReturnType<typeof loadSettings> {
  try {
    return loadSettings(Deno.env.toObject(), { doors: DOOR_SETTINGS });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    Deno.exit(2);
  }
}

/** Keys that nobody else has, for this run. */
function forDemo(settings: Settings): Settings {
  const secret = () => crypto.randomUUID() + crypto.randomUUID();
  return {
    ...settings,
    clientKeys: { ...settings.clientKeys, secret: secret() },
    systemKeys: { ...settings.systemKeys, secret: secret() },
  };
}

/** What is the same for all isolates of this process. */
interface ProcessOptions {
  readonly settings: Settings;
  readonly process: string;
  readonly maxConnections: number;
  readonly maxAccepted: number;
  readonly maxMemory: number;
  readonly store: Awaited<ReturnType<typeof openProcessStore>>;
}

async function open(settings: Settings): Promise<Service> {
  assertPortFree(settings);
  const { max, maxMemoryMb } = settings.connections;
  const maxConnections = max ?? connectionsByLimit(Deno.readTextFileSync);
  const options = {
    settings,
    process: busName(),
    maxConnections,
    maxAccepted: acceptedByLimit(Deno.readTextFileSync, maxConnections),
    maxMemory: maxMemoryMb ? maxMemoryMb * 2 ** 20 : memoryByLimit(),
    store: await openProcessStore(settings),
  };
  return settings.workers > 1 ? await Supervisor.open(options) : await openSingle(options);
}

/** On Deno Deploy the channel reaches the other instances; elsewhere another service on the machine. */
function busName(): string {
  const deploy = Deno.env.get("DENO_DEPLOYMENT_ID");
  return `waiting-queue-${deploy ?? crypto.randomUUID()}`;
}

/** Everything in this isolate: one core, or Deno Deploy. */
async function openSingle(options: ProcessOptions): Promise<Service> {
  const { settings, maxConnections, maxAccepted } = options;
  const metricsText = async () => await renderMetrics([await app.snapshot()]);
  const app: App = await App.open({
    ...options,
    id: crypto.randomUUID(),
    capacity: new Capacity(Capacity.share(1), 0, maxConnections),
    accepted: new Capacity(Capacity.share(1), 0, maxAccepted),
    storePort: undefined,
    metricsText,
  });
  const { host: hostname, port } = settings;
  const server = await app.serve({ hostname, port, reusePort: false });
  return {
    port: server.port,
    metricsText,
    async drain(ms) {
      await app.drain(ms);
      await server[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

/** Workers share their port with whoever asks, so another service on it would go unnoticed. */
function assertPortFree({ host: hostname, port }: Settings): void {
  if (port === 0) return;
  try {
    Deno.listen({ hostname, port }).close();
  } catch (cause) {
    throw new Error(`Cannot listen on ${hostname}:${port}: ${(cause as Error).message}`, { cause });
  }
}

async function serveMetrics(settings: Settings, service: Service): Promise<void> {
  const { fetch } = createMetricsApp(() => service.metricsText());
  const { host: hostname, metricsPort } = settings;
  const handler = (request: Request) => fetch(request);
  const options = { hostname, port: metricsPort!, reusePort: false, handler };
  const { port } = await Server.open(listenDeno, options, systemClock);
  logger.info("Metrics are at http://{hostname}:{port}/metrics", { hostname, port });
}

function announce(settings: Settings, port: number): void {
  const { host, workers, demo, basePath } = settings;
  logger.info("Listening on {host}:{port} with {workers} workers", {
    host,
    port,
    workers,
    basePath,
  });
  if (demo) {
    logger.warn(
      "DEMO MODE: no key is set, so keys were made for this run and only this machine may connect. " +
        "Open http://{host}:{port}/demo",
      { host, port },
    );
  }
}

/** The first signal drains and exits with 0; the second ends it now. */
function handleSignals(settings: Settings, service: Service): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) Deno.exit(1);
    stopping = true;
    const { drainMs } = settings.connections;
    logger.info("Going away within {drainMs} ms", { drainMs });
    const last = setTimeout(() => Deno.exit(0), drainMs + LAST_REQUESTS_MS);
    await service.drain(drainMs).catch((error) => logger.error("Cannot drain: {error}", { error }));
    clearTimeout(last);
    logger.info("Gone");
    await flushLog();
    Deno.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, stop);
}

// What nobody caught concerns one connection; ending the process would concern all of them.
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  logger.error("Unhandled: {error}", { error: event.reason });
});
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  logger.error("Uncaught: {error}", { error: event.error });
});

if (import.meta.main) await main();
