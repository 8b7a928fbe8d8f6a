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
import { announce } from "./announcement.ts";
import {
  acceptedByLimit,
  connectionsByLimit,
  knownConnectionsByLimit,
  memoryByLimit,
} from "./limits.ts";
import { assertPortFree, cannotListen, StartError } from "./ports.ts";
import { share, type Shared } from "./shared.ts";
import { StopSignals } from "./stop_signals.ts";
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
  const { settings: given, warnings } = readSettings(options);
  const settings = forTerminal(given, options.env);
  configureLogging({ ...settings.log, isolate: "main" });
  for (const warning of warnings) logger.warn(warningLine(warning));
  try {
    const limits = findLimits(settings);
    const isolates = await open(settings.demo ? forDemo(settings) : settings, limits, options);
    if (settings.metricsPort !== undefined) await serveMetrics(settings, isolates);
    announce(settings, { ...limits, port: isolates.port });
    handleSignals(settings, isolates);
  } catch (error) {
    if (error instanceof StartError) logger.fatal(error.message);
    else logger.fatal("Cannot start: {error}", { error });
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

/** Who looks at a terminal reads lines, unless LOG_FORMAT says otherwise. */
function forTerminal(settings: Settings, env: Env): Settings {
  if (env.LOG_FORMAT || !Deno.stdout.isTerminal()) return settings;
  return { ...settings, log: { ...settings.log, format: "text" } };
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

/** What the settings and the system allow together. */
interface Limits {
  readonly maxConnections: number;
  readonly maxAccepted: number;
  /** Octets of resident memory. */
  readonly maxMemory: number;
}

function findLimits({ connections: { max, maxMemoryMb } }: Settings): Limits {
  const byFiles = connectionsByLimit(Deno.readTextFileSync);
  const room = knownConnectionsByLimit(Deno.readTextFileSync);
  if (max !== undefined && room !== undefined && max > room) {
    logger.warn(
      "MAX_CONNECTIONS is {max}, but the limit on open files leaves room for {room}: raise that " +
        "limit (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker), or lower the setting",
      { max, room },
    );
  }
  const maxConnections = max ?? byFiles;
  return {
    maxConnections,
    maxAccepted: acceptedByLimit(Deno.readTextFileSync, maxConnections),
    maxMemory: maxMemoryMb ? maxMemoryMb * 2 ** 20 : memoryByLimit(),
  };
}

async function open(
  settings: Settings,
  { maxConnections, maxAccepted, maxMemory }: Limits,
  { doors, worker, env }: ServiceOptions,
): Promise<Isolates> {
  const { host: hostname, port, workers, metricsPort = 0 } = settings;
  assertPortFree({ setting: "PORT", hostname, port });
  assertPortFree({ setting: "METRICS_PORT", hostname, port: metricsPort });
  const options = {
    ...{ settings, doors, worker, maxMemory },
    process: busName(env),
    shared: share({
      workers,
      maxConnections,
      maxAccepted,
      maxPerAddress: settings.connections.maxPerAddress,
      maxPerToken: settings.connections.maxPerToken,
      doors: settings.doors.open,
    }),
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

async function serveMetrics(settings: Settings, isolates: Isolates): Promise<void> {
  const text = kept(() => isolates.metricsText(), METRICS_KEPT_MS, systemClock);
  const groups = [metricsRoutes(text)];
  const { fetch } = createHttpApp({ basePath: "", groups });
  const { host: hostname, metricsPort } = settings;
  const options = { hostname, port: metricsPort!, reusePort: false, handler: fetch };
  const { port } = await Server.open(listenDeno, options, systemClock).catch((error) => {
    throw cannotListen({ setting: "METRICS_PORT", hostname, port: metricsPort! }, error);
  });
  logger.info("Metrics are at http://{hostname}:{port}/metrics", { hostname, port });
}

/** The first signal drains and exits with 0; the second ends it now. */
function handleSignals(settings: Settings, isolates: Isolates): void {
  const { drainMs } = settings.connections;
  const stop = async () => {
    logger.info("Draining: connections are closed within {drainMs} ms", { drainMs });
    const last = setTimeout(() => Deno.exit(0), drainMs + LAST_REQUESTS_MS);
    await isolates.drain(drainMs).catch((error) => {
      logger.error("Cannot drain: {error}", { error });
    });
    clearTimeout(last);
    logger.info("Stopped");
    await flushLog();
    Deno.exit(0);
  };
  new StopSignals({ stop: () => void stop(), abort: () => Deno.exit(1) }).listen();
}
