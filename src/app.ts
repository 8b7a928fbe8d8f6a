/**
 * The composition of one isolate: the only place that names concrete drivers.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { Authenticator } from "./auth/authenticator.ts";
import { KnownSignatures } from "./auth/known_signatures.ts";
import { authParts } from "./auth/auth_parts.ts";
import { mintToken } from "./auth/mint.ts";
import { BroadcastChannelBus } from "./bus/broadcast_channel.ts";
import type { Bus } from "./bus/bus.ts";
import { systemClock } from "./time/clock.ts";
import { type DoorSettings, doorValues, type Settings } from "./config/config.ts";
import type { Capacity } from "./gateway/capacity.ts";
import { upgradeDeno } from "./front/deno.ts";
import { Gateway } from "./gateway/gateway.ts";
import type { Upgrade } from "./gateway/socket.ts";
import { chooseProtocol } from "./doors/stomp/subprotocol.ts";
import { createHttpApp } from "./http/app.ts";
import { createDemo } from "./doors/demo/demo.ts";
import { DEMO_DOOR } from "./doors/demo/settings.ts";
import { REST_DOOR } from "./doors/rest/settings.ts";
import { QUEUE_DOOR } from "./doors/stomp/settings.ts";
import { originAllowed, originRefused, overCapacity } from "./http/upgrade.ts";
import { type MetricsSnapshot, PrometheusMetrics } from "./metrics/metrics.ts";
import { AccessPolicy } from "./access/policy.ts";
import { ConferenceNames } from "./access/conference_name.ts";
import { Queue } from "./queue/queue.ts";
import { type Listen, listenDeno, type ListenOptions, Server } from "./front/listener.ts";
import { KvStore } from "./store/kv.ts";
import { RemoteStore } from "./store/remote.ts";
import type { Store } from "./store/store.ts";

/** What every door declares, open or not. */
export const DOOR_SETTINGS: readonly DoorSettings[] = [REST_DOOR, QUEUE_DOOR, DEMO_DOOR];

/** What an isolate is given by its process. */
export interface AppOptions {
  readonly settings: Settings;
  /** Names the bus of this process; its isolates share it. */
  readonly process: string;
  /** The id on the bus; no other isolate of the service has it. */
  readonly id: string;
  readonly capacity: Capacity;
  /** Room for TCP connections, for a front that does not stop before file descriptors run out. */
  readonly accepted: Capacity;
  /** Octets of resident memory of the process from which on there is no room for strangers. */
  readonly maxMemory: number;
  /** Where the isolates of this process note the signatures that they have checked. */
  readonly signatures?: SharedArrayBuffer | undefined;
  /** To the store of the process, for a worker. */
  readonly storePort: MessagePort | undefined;
  /** The store of the process, for the main isolate. */
  readonly store?: Store | undefined;
  /** The metrics of all isolates of the process as one text. */
  readonly metricsText: () => Promise<string>;
}

/** How long a backing service has to answer before `/ready` calls it unreachable. */
const CHECK_MS = 2_000;

/** The store that all isolates of a process share; undefined where each opens one of its own. */
export async function openProcessStore(settings: Settings): Promise<Store | undefined> {
  return settings.redisUrl ? undefined : await KvStore.open({ path: settings.kvPath });
}

/** One isolate of the service, ready to serve. */
export class App implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #gateway: Gateway;
  readonly #metrics: PrometheusMetrics;
  #draining = false;
  readonly #listen: Listen;
  readonly #handler: ListenOptions["handler"];

  private constructor(options: AppOptions, parts: Parts, stack: AsyncDisposableStack) {
    const { settings } = options;
    this.#stack = stack;
    this.#metrics = parts.metrics;
    this.#gateway = stack.use(
      new Gateway({
        ...parts,
        clock: systemClock,
        capacity: options.capacity,
        authenticate: (authorization) => parts.authenticator.authenticate(authorization),
        heartBeatMs: doorValues(settings, QUEUE_DOOR).HEARTBEAT_MS,
        connectTimeoutMs: settings.connections.connectTimeoutMs,
        server: `waiting-queue/${config.version}`,
        maxMemory: options.maxMemory,
        resident: () => Deno.memoryUsage().rss,
        disconnectOnExpiry: doorValues(settings, QUEUE_DOOR).DISCONNECT_ON_EXPIRY,
      }),
    );
    const app = createHttpApp({
      basePath: settings.basePath,
      conferences: parts.queue,
      names: parts.names,
      access: parts.access,
      authenticate: (authorization) => parts.authenticator.authenticate(authorization),
      version: config.version,
      health: () => ({ status: "ok" }),
      readiness: () => this.#readiness(parts),
      ...(settings.metricsPort === undefined && { metrics: options.metricsText }),
      upgrade: (c) => this.#upgrade(c.req.raw, settings.allowedOrigins, parts.front.upgrade),
      ...(settings.demo && { demo: demoOf(settings) }),
    });
    this.#listen = parts.front.listen;
    this.#handler = (request) => app.fetch(request);
  }

  /** Opens everything that the isolate needs. @throws {StoreError} the embedded store cannot be had. */
  static async open(options: AppOptions): Promise<App> {
    const { settings } = options;
    await using stack = new AsyncDisposableStack();
    const metrics = new PrometheusMetrics();
    const bus = stack.use(await openBus(options));
    const store = options.store ?? stack.use(await openStore(options));
    const names = new ConferenceNames({
      xmppDomain: settings.xmpp.domain,
      mucDomain: settings.xmpp.mucDomain,
    });
    const access = new AccessPolicy({ ...settings.access, xmppDomain: settings.xmpp.domain });
    const authenticator = stack.use(
      new Authenticator({
        ...authParts(settings),
        ...(options.signatures && { knownSignatures: new KnownSignatures(options.signatures) }),
      }),
    );
    const queue = stack.use(
      await Queue.open({ bus, store, clock: systemClock, metrics, ...settings.queue }),
    );
    const app = new App(
      options,
      {
        metrics,
        bus,
        store,
        names,
        access,
        authenticator,
        queue,
        front: await openFront(options, stack),
      },
      stack.move(),
    );
    await app.#warmUp();
    return app;
  }

  /** The routes are compiled by the first request; a go-live must not be the one that waits for it. */
  async #warmUp(): Promise<void> {
    const response = await this.#handler(new Request("http://localhost/health"));
    await response.body?.cancel();
  }

  /** Serves, with the WebSocket server of the settings. @throws {Error} the port cannot be had. */
  async serve(where: Omit<ListenOptions, "handler">): Promise<Server> {
    return await Server.open(this.#listen, { ...where, handler: this.#handler }, systemClock);
  }

  /** The numbers of this isolate. */
  snapshot(): Promise<MetricsSnapshot> {
    return this.#metrics.snapshot();
  }

  /** Closes all connections, spread over `ms`; `/ready` says no from now on. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    await this.#gateway.drain(ms);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  /** The last step of an upgrade: what may be refused is refused before the socket exists. */
  #upgrade(request: Request, origins: readonly string[], upgrade: Upgrade): Response {
    if (!originAllowed(request.headers.get("origin"), origins)) return originRefused();
    const protocol = chooseProtocol(request.headers.get("sec-websocket-protocol"));
    if (this.#gateway.admit() !== undefined) return overCapacity();
    return upgrade(request, protocol, this.#gateway);
  }

  async #readiness({ store, bus }: Parts): Promise<{
    ready: boolean;
    draining: boolean;
    checks: Record<string, string>;
  }> {
    const checks: Record<string, string> = {};
    await Promise.all(
      Object.entries({ store, bus }).map(async ([name, service]) => {
        checks[name] = await service.check(CHECK_MS).then(() => "ok", () => "unreachable");
        this.#metrics.backingServiceUp(name, checks[name] === "ok");
      }),
    );
    const ready = !this.#draining && Object.values(checks).every((check) => check === "ok");
    return { ready, draining: this.#draining, checks };
  }
}

interface Parts {
  readonly metrics: PrometheusMetrics;
  readonly bus: Bus;
  readonly store: Store;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  readonly authenticator: Authenticator;
  readonly queue: Queue;
  readonly front: Front;
}

/** A WebSocket server. What is behind it does not know which one it is. */
interface Front {
  readonly listen: Listen;
  readonly upgrade: Upgrade;
}

async function openFront(
  { settings, accepted }: AppOptions,
  stack: AsyncDisposableStack,
): Promise<Front> {
  if (settings.webSocketServer === "deno") return { listen: listenDeno, upgrade: upgradeDeno };
  const { WsFront } = await import("./front/ws.ts");
  const { ConnectionGuard } = await import("./front/connection_guard.ts");
  const { listenWs } = await import("./front/ws_listener.ts");
  const front = new WsFront();
  const guard = stack.use(new ConnectionGuard(accepted));
  return { listen: (options) => listenWs({ front, guard }, options), upgrade: front.upgrade };
}

// The drivers for Redis are loaded by those who use them: the client is a large library.

async function openBus({ settings, process, id }: AppOptions): Promise<Bus> {
  if (!settings.redisUrl) return await BroadcastChannelBus.open({ name: process, id });
  const { RedisBus } = await import("./bus/redis.ts");
  return await RedisBus.open({ url: settings.redisUrl, id });
}

async function openStore({ settings, storePort }: AppOptions): Promise<Store> {
  if (settings.redisUrl) {
    const { RedisStore } = await import("./store/redis.ts");
    return await RedisStore.open({ url: settings.redisUrl });
  }
  if (storePort) return new RemoteStore(storePort);
  return await KvStore.open({ path: settings.kvPath });
}

/** The demo's tokens: the keys were made for this run and are nowhere else. */
function demoOf(settings: Settings): ReturnType<typeof createDemo> {
  return createDemo({
    basePath: settings.basePath,
    releaseRate: settings.queue.releaseRate,
    stateIntervalMs: settings.queue.stateIntervalMs,
    mint: (kind, room) => {
      const keys = kind === "system" ? settings.systemKeys : settings.clientKeys;
      const [issuer, audience] = kind === "system" ? ["jitsi", "jitsi"] : ["demo", "demo"];
      const token = { kind, room, tenant: "*", ttlSec: 12 * 3_600, issuer, audience };
      return mintToken(token, keys.secret!);
    },
  });
}
