/**
 * The service as one process: its isolates, its port, its end.
 *
 * @module
 */

import { App, openProcessStore } from "../app.ts";
import { kept } from "../base/kept.ts";
import {
  type Env,
  loadSettings,
  type Settings,
  SettingsError,
  warningLine,
} from "../config/config.ts";
import type { Door } from "../doors/door.ts";
import { metricsRoutes } from "../doors/rest/operation_routes.ts";
import { listenDeno, Server } from "../front/listener.ts";
import { createHttpApp } from "../http/app.ts";
import { configureLogging, flushLog, getLogger } from "../log/log.ts";
import { renderMetrics } from "../metrics/snapshot.ts";
import type { Store } from "../store/store.ts";
import { systemClock } from "../time/clock.ts";
import { keepAlive } from "./keep_alive.ts";
import { acceptedByLimit, connectionsByLimit, memoryByLimit } from "./limits.ts";
import { share, type Shared } from "./shared.ts";
import { METRICS_KEPT_MS, Supervisor } from "./supervisor.ts";

/** What a process is made of. */
export interface ServiceOptions {
  /** Every door that the settings may open. */
  readonly doors: readonly Door[];
  /** The entry of a worker isolate, which knows the same doors. */
  readonly worker: URL;
  readonly env: Env;
}

/** How long requests that are being answered may take after the last connection is closed. */
const LAST_REQUESTS_MS = 2_000;

const logger = getLogger("main");

/** All isolates of this process, however many there are. */
interface Isolates {
  readonly port: number;
  metricsText(): Promise<string>;
  drain(ms: number): Promise<void>;
}

/**
 * Starts the service and lets it run until a signal. Ends the process with 2 when the settings cannot
 * be used, and with 1 when it cannot start.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  keepAlive("main");
  const { settings, warnings } = readSettings(options);
  configureLogging({ ...settings.log, isolate: "main" });
  for (const warning of warnings) logger.warn(warningLine(warning));
  try {
    const isolates = await open(settings.demo ? forDemo(settings) : settings, options);
    if (settings.metricsPort !== undefined) await serveMetrics(settings, isolates);
    announce(settings, isolates.port);
    handleSignals(settings, isolates);
  } catch (error) {
    logger.fatal("Cannot start: {error}", { error });
    await flushLog();
    Deno.exit(1);
  }
}

function readSettings({ env, doors }: ServiceOptions): ReturnType<typeof loadSettings> {
  try {
    return loadSettings(env, { doors });
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
  readonly doors: readonly Door[];
  readonly worker: URL;
  readonly process: string;
  readonly shared: Shared;
  readonly maxMemory: number;
  readonly store: Store | undefined;
}

async function open(settings: Settings, { doors, worker, env }: ServiceOptions): Promise<Isolates> {
  assertPortFree(settings);
  const { workers, connections: { max, maxMemoryMb } } = settings;
  const maxConnections = max ?? connectionsByLimit(Deno.readTextFileSync);
  const maxAccepted = acceptedByLimit(Deno.readTextFileSync, maxConnections);
  const options = {
    ...{ settings, doors, worker },
    process: busName(env),
    shared: share({
      workers,
      maxConnections,
      maxAccepted,
      maxPerAddress: settings.connections.maxPerAddress,
      maxPerToken: settings.connections.maxPerToken,
      doors: settings.doors.open,
    }),
    maxMemory: maxMemoryMb ? maxMemoryMb * 2 ** 20 : memoryByLimit(),
    store: await openProcessStore(settings),
  };
  return workers > 1 ? await Supervisor.open(options) : await openSingle(options);
}

/** On Deno Deploy the channel reaches the other instances; elsewhere another service on the machine. */
function busName(env: Env): string {
  return `waiting-queue-${env.DENO_DEPLOYMENT_ID ?? crypto.randomUUID()}`;
}

/** Everything in this isolate: one core, or Deno Deploy. */
async function openSingle(options: ProcessOptions): Promise<Isolates> {
  const metricsText = async () => await renderMetrics([await app.snapshot()]);
  const id = crypto.randomUUID();
  const keptText = kept(metricsText, METRICS_KEPT_MS, systemClock);
  const app: App = await App.open({ ...options, id, index: 0, metricsText: keptText });
  const { host: hostname, port } = options.settings;
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

async function serveMetrics(settings: Settings, isolates: Isolates): Promise<void> {
  const text = kept(() => isolates.metricsText(), METRICS_KEPT_MS, systemClock);
  const groups = [metricsRoutes(text)];
  const { fetch } = createHttpApp({ basePath: "", groups });
  const { host: hostname, metricsPort } = settings;
  const options = { hostname, port: metricsPort!, reusePort: false, handler: fetch };
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
function handleSignals(settings: Settings, isolates: Isolates): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) Deno.exit(1);
    stopping = true;
    const { drainMs } = settings.connections;
    logger.info("Going away within {drainMs} ms", { drainMs });
    const last = setTimeout(() => Deno.exit(0), drainMs + LAST_REQUESTS_MS);
    await isolates.drain(drainMs).catch((error) => {
      logger.error("Cannot drain: {error}", { error });
    });
    clearTimeout(last);
    logger.info("Gone");
    await flushLog();
    Deno.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, stop);
}
