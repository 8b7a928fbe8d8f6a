/**
 * The composition of one isolate: the only place that lists doors and names concrete drivers.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import type { Revocations } from "./access/revocations.ts";
import { RevocationsOnDemand } from "./access/revocations_on_demand.ts";
import { ConferenceNames } from "./access/conference_name.ts";
import { AccessPolicy } from "./access/policy.ts";
import { authParts } from "./auth/auth_parts.ts";
import { Authenticator } from "./auth/authenticator.ts";
import { RememberedKids } from "./auth/remembered_kids.ts";
import { KnownSignatures } from "./auth/known_signatures.ts";
import { BroadcastChannelBus } from "./bus/broadcast_channel.ts";
import type { Bus } from "./bus/bus.ts";
import { doorValues, type Settings } from "./config/config.ts";
import { EVENTS_DOOR } from "./doors/events/settings.ts";
import { demoDoor } from "./doors/demo/door.ts";
import type { Door, DoorPort, House, OpenDoor } from "./doors/door.ts";
import { eventsDoor } from "./doors/events/door.ts";
import { restDoor } from "./doors/rest/door.ts";
import { roomsDoor } from "./doors/rooms/door.ts";
import { stompDoor } from "./doors/stomp/door.ts";
import { visitorsListDoor } from "./doors/visitors_list/door.ts";
import { upgradeDeno } from "./front/deno.ts";
import { type Listen, listenDeno, type ListenOptions, Server } from "./front/listener.ts";
import { peerAddressOf } from "./front/peer_address.ts";
import { Capacity } from "./gateway/capacity.ts";
import type { Endpoint } from "./gateway/endpoint.ts";
import { Gateway } from "./gateway/gateway.ts";
import { Places } from "./gateway/places.ts";
import type { Upgrade } from "./gateway/socket.ts";
import { createHttpApp } from "./http/app.ts";
import { ClientAddresses } from "./http/client_address.ts";
import { mountSockets } from "./http/sockets.ts";
import { PrometheusMetrics } from "./metrics/metrics.ts";
import { Readiness } from "./metrics/readiness.ts";
import type { MetricsSnapshot } from "./metrics/snapshot.ts";
import { boundsOf } from "./process/door_bounds.ts";
import { kidStore } from "./process/kid_store.ts";
import type { Shared } from "./process/shared.ts";
import { Stream } from "./stream/stream.ts";
import { Chronicle } from "./queue/chronicle/chronicle.ts";
import { Queue } from "./queue/queue.ts";
import { ReturningVisitors } from "./queue/returning_visitors.ts";
import { Refusals } from "./stomp_host/refusals.ts";
import { KvStore } from "./store/kv.ts";
import { RemoteStore } from "./store/remote.ts";
import type { Store } from "./store/store.ts";
import { systemClock } from "./time/clock.ts";

/** Every door of the house. Which of them are open, the settings say. */
export const DOORS: readonly Door[] = [
  restDoor,
  stompDoor,
  roomsDoor,
  visitorsListDoor,
  eventsDoor,
  demoDoor,
];

/** What an isolate is given by its process. */
export interface AppOptions {
  readonly settings: Settings;
  /** What `settings.doors.open` is chosen from. */
  readonly doors: readonly Door[];
  /** Names the bus of this process; its isolates share it. */
  readonly process: string;
  /** The id on the bus; no other isolate of the service has it. */
  readonly id: string;
  /** Which isolate of the process this is, from 0. */
  readonly index: number;
  readonly shared: Shared;
  /** Octets of resident memory of the process from which on there is no room for strangers. */
  readonly maxMemory: number;
  /** To the store of the process, for a worker. */
  readonly storePort?: MessagePort | undefined;
  /** The store of the process, for the main isolate. */
  readonly store?: Store | undefined;
  /** The metrics of all isolates of the process as one text. */
  readonly metricsText: () => Promise<string>;
}

/** The store that all isolates of a process share; undefined where each opens one of its own. */
export async function openProcessStore(settings: Settings): Promise<Store | undefined> {
  return settings.redisUrl ? undefined : await KvStore.open({ path: settings.kvPath });
}

/** One isolate of the service, ready to serve. */
export class App implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #gateway: Gateway;
  readonly #metrics: PrometheusMetrics;
  readonly #readiness: Readiness;
  readonly #front: Front;
  #ports: readonly OwnPort[] = [];
  #handler: ListenOptions["handler"] = () => new Response(null, { status: 503 });

  private constructor(options: AppOptions, parts: Parts, stack: AsyncDisposableStack) {
    const { shared, index, maxMemory } = options;
    this.#stack = stack;
    this.#metrics = parts.metrics;
    this.#front = parts.front;
    const { store, bus, metrics } = parts;
    this.#readiness = stack.use(
      new Readiness({
        services: { store, bus },
        clock: systemClock,
        graceMs: options.settings.readyGraceMs,
        checked: (service, up) => metrics.backingServiceUp(service, up),
      }),
    );
    this.#gateway = stack.use(
      new Gateway({
        clock: systemClock,
        metrics: parts.metrics,
        capacity: new Capacity(shared.connections, index),
        strangers: new Capacity(shared.strangers, index),
        addresses: shared.addresses && new Places(shared.addresses, index),
        maxMemory,
        resident: () => Deno.memoryUsage().rss,
      }),
    );
  }

  /** Opens everything that the isolate needs. @throws {StoreError} the embedded store cannot be had. */
  static async open(options: AppOptions): Promise<App> {
    await using stack = new AsyncDisposableStack();
    const parts = await openParts(options, stack);
    const app = new App(options, parts, stack.move());
    try {
      await app.#openDoors(options, parts);
      await app.#warmUp(parts.authenticator);
      return app;
    } catch (error) {
      await app[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Serves, with the WebSocket server of the settings. @throws {Error} the port cannot be had. */
  async serve(where: Omit<ListenOptions, "handler">): Promise<Server> {
    const { listen } = this.#front;
    for (const { port, tls, handler } of this.#ports) {
      this.#stack.use(await Server.open(listen, { ...where, port, tls, handler }, systemClock));
    }
    return await Server.open(listen, { ...where, handler: this.#handler }, systemClock);
  }

  /** The numbers of this isolate. */
  snapshot(): Promise<MetricsSnapshot> {
    return this.#metrics.snapshot();
  }

  /** Closes all connections, spread over `ms`; `/ready` says no from now on. */
  async drain(ms: number): Promise<void> {
    this.#readiness.drain();
    await this.#gateway.drain(ms);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #openDoors(options: AppOptions, parts: Parts): Promise<void> {
    const { settings, metricsText } = options;
    const { metrics } = parts;
    const slowed = Refusals.counter(metrics.meter);
    const refusals = this.#stack.use(new Refusals({ clock: systemClock, metrics, slowed }));
    const house: Omit<House, "capacity" | "rate"> = {
      maxConnections: options.shared.connections.most,
      ...parts,
      refusals,
      returning: new ReturningVisitors(options.shared.told, systemClock.wall),
      settings,
      tokenPlaces: options.shared.tokens && new Places(options.shared.tokens, options.index),
      version: config.version,
      meter: metrics.meter,
      clock: systemClock,
      authenticate: (authorization, channel) =>
        parts.authenticator.authenticate(authorization, channel),
      status: { metricsText, readiness: this.#readiness },
    };
    const open: OpenDoor[] = [];
    for (const door of options.doors) {
      if (!settings.doors.open.includes(door.name)) continue;
      const values = settings.doors.values[door.name] ?? {};
      const opened = await door.open({ ...house, ...boundsOf(door.name, options) }, values);
      open.push(opened);
      metrics.doorOpened(door.name);
      this.#stack.defer(() => opened[Symbol.asyncDispose]?.());
    }
    if (parts.stream.serving) await this.#chronicle(options, parts);
    const { allowedOrigins, basePath } = settings;
    const addressOf = options.shared.addresses && clientAddressOf(settings);
    const sockets = {
      gateway: this.#gateway,
      upgrade: this.#front.upgrade,
      allowedOrigins,
      addressOf,
    };
    const mount = (endpoint: Endpoint) => mountSockets(endpoint, sockets);
    const app = createHttpApp({
      basePath,
      version: config.version,
      // What two doors share they hand over twice.
      groups: [...new Set(open.flatMap(({ routes = [] }) => routes))],
      sockets: open.flatMap(({ endpoints = [] }) => endpoints).map(mount),
    });
    this.#handler = app.fetch;
    this.#ports = open.flatMap(({ ports = [] }) => ports).map(({ endpoints, ...port }) => ({
      ...port,
      handler: createHttpApp({ basePath, groups: [], sockets: endpoints.map(mount) }).fetch,
    }));
  }

  /** What happens in the queue is told to whoever serves the stream. */
  async #chronicle(options: AppOptions, parts: Parts): Promise<void> {
    const { settings, id } = options;
    const { EVENTS_GUESTS } = doorValues(settings, EVENTS_DOOR);
    const chronicle = this.#stack.use(
      new Chronicle({
        ...parts,
        clock: systemClock,
        isolate: id,
        mostGuests: EVENTS_GUESTS,
        stateIntervalMs: settings.queue.stateIntervalMs,
        randomDelayMs: settings.queue.randomDelayMs,
      }),
    );
    this.#stack.use(await parts.stream.serve(chronicle));
    this.#stack.use(parts.queue.observe(chronicle));
  }

  /** The routes are compiled by the first request; a go-live must not be the one that waits for it. */
  async #warmUp(authenticator: Authenticator): Promise<void> {
    // A key server that is slow does not hold up the start.
    void authenticator.fetchKeys();
    await this.#readiness.check();
    const response = await this.#handler(new Request("http://localhost/health"));
    await response.body?.cancel();
  }
}

/** A port of a door, and who answers there. */
interface OwnPort extends Omit<DoorPort, "endpoints"> {
  readonly handler: ListenOptions["handler"];
}

/** The address of a request's client, for who counts connections by it. */
function clientAddressOf({ connections }: Settings): (request: Request) => string | undefined {
  const clients = new ClientAddresses(connections.trustedProxies);
  return (request) => {
    const peer = peerAddressOf(request);
    return peer === undefined
      ? undefined
      : clients.of(peer, request.headers.get("x-forwarded-for"));
  };
}

/** The domains, what they stand on, and the front. */
interface Parts {
  readonly metrics: PrometheusMetrics;
  readonly bus: Bus;
  readonly store: Store;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  readonly authenticator: Authenticator;
  readonly queue: Queue;
  readonly stream: Stream;
  readonly revocations: () => Promise<Revocations>;
  readonly front: Front;
}

async function openParts(options: AppOptions, stack: AsyncDisposableStack): Promise<Parts> {
  const { settings, shared } = options;
  const metrics = new PrometheusMetrics();
  metrics.built(config.version);
  const bus = stack.use(await openBus(options));
  const store = options.store ?? stack.use(await openStore(options));
  const { domain: xmppDomain, mucDomain } = settings.xmpp;
  const revocations = stack.use(new RevocationsOnDemand({ bus, store, clock: systemClock }));
  const authenticator = stack.use(
    new Authenticator({
      ...authParts(settings),
      knownSignatures: new KnownSignatures(shared.signatures),
      rememberedKids: new RememberedKids(kidStore(store)),
      revocations,
    }),
  );
  return {
    metrics,
    bus,
    store,
    names: new ConferenceNames({ xmppDomain, mucDomain }),
    access: new AccessPolicy({ ...settings.access, xmppDomain }),
    authenticator,
    queue: stack.use(
      await Queue.open({ bus, store, clock: systemClock, metrics, ...settings.queue }),
    ),
    stream: stack.use(new Stream(bus, systemClock)),
    revocations: revocations.open,
    front: await openFront(options, stack),
  };
}

/** A WebSocket server. What is behind it does not know which one it is. */
interface Front {
  readonly listen: Listen;
  readonly upgrade: Upgrade;
}

async function openFront(
  { settings, shared, index }: AppOptions,
  stack: AsyncDisposableStack,
): Promise<Front> {
  if (settings.webSocketServer === "deno") return { listen: listenDeno, upgrade: upgradeDeno };
  const { WsFront } = await import("./front/ws.ts");
  const { ConnectionGuard } = await import("./front/connection_guard.ts");
  const { listenWs } = await import("./front/ws_listener.ts");
  const front = new WsFront();
  const guard = stack.use(new ConnectionGuard(new Capacity(shared.accepted, index)));
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
