import { door, type DoorPort, type House } from "../door.ts";
import { Origin } from "../origin.ts";
import { revocationRoutes } from "../revocation_routes.ts";
import type { RouteGroup } from "../../http/route.ts";
import { SYSTEM_TOKEN } from "../../http/system_caller.ts";
import { Broadcast } from "./broadcast.ts";
import { eventsEndpoints } from "./endpoint.ts";
import { Hub } from "./hub.ts";
import { Messages } from "./messages.ts";
import { declareMetrics } from "./metrics.ts";
import { publishRoute } from "./publish_route.ts";
import { RevokedConnections } from "./revoked_connections.ts";
import { EVENTS_DOOR } from "./settings.ts";

/** The part of all connections that is for events where nothing else is set. */
const CONNECTIONS_PART = 4;
/** So many times the rate may be published at once. */
const AT_ONCE = 2;
/** How often what was taken of the rate is given back, though nobody publishes. */
const RATE_TICK_MS = 100;

/** What happens, as JSON over WebSocket, to those who may see it. */
export const eventsDoor = door({
  ...EVENTS_DOOR,
  async open(house, values) {
    const { clock, access, names, stream, store } = house;
    await using stack = new AsyncDisposableStack();
    const metrics = declareMetrics(house.meter);
    const origin = await Origin.open(store, clock, values.ORIGIN_UUID);
    const revocations = await house.revocations();
    const hub = stack.use(new Hub({ clock, delivered: metrics.delivered }));
    const messages = new Messages(names, () => origin.id);
    const serving = await stream.serve({
      event(event) {
        const message = hub.listening ? messages.of(event) : undefined;
        if (message) hub.send(new Broadcast(message, access));
      },
      gap: (reason) => hub.gap(reason),
    });
    stack.use(serving);
    stack.use(new RevokedConnections(hub, revocations, clock));
    const rate = house.rate(values.EVENTS_PUBLISH_RATE, AT_ONCE * values.EVENTS_PUBLISH_RATE);
    stack.use(clock.every(RATE_TICK_MS, () => rate.tick()));
    const { beside, alone } = eventsEndpoints({
      clock,
      hub,
      authenticate: house.authenticate,
      busUp: () => stream.up,
      maxBuffer: values.EVENTS_MAX_BUFFER,
      connectTimeoutMs: house.settings.connections.connectTimeoutMs,
      capacity: house.capacity(
        values.EVENTS_MAX_CONNECTIONS ??
          Math.max(1, Math.floor(house.maxConnections / CONNECTIONS_PART)),
      ),
      ...metrics,
    });
    const opened = stack.move();
    return {
      endpoints: beside,
      routes: [
        revocationRoutes({ ...house, revocations }),
        routesOf(house, {
          origin: () => origin.id,
          mayPublish: () => rate.take(),
          published: metrics.published,
        }),
      ],
      ports: portsOf(values, (port) => ({ ...port, endpoints: alone })),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
});

interface Publishing {
  readonly origin: () => string;
  readonly mayPublish: () => boolean;
  readonly published: () => void;
}

function routesOf(house: House, publishing: Publishing): RouteGroup {
  return {
    name: "events",
    routes: [publishRoute({ ...house, ...publishing })],
    securitySchemes: { systemToken: SYSTEM_TOKEN },
  };
}

/** @throws {Error} a file cannot be read. */
function portsOf(
  { EVENTS_PORT: port, EVENTS_TLS_CERT: cert, EVENTS_TLS_KEY: key }: {
    readonly EVENTS_PORT: number | undefined;
    readonly EVENTS_TLS_CERT: string | undefined;
    readonly EVENTS_TLS_KEY: string | undefined;
  },
  make: (port: Omit<DoorPort, "endpoints">) => DoorPort,
): DoorPort[] {
  if (port === undefined) return [];
  if (cert === undefined || key === undefined) return [make({ port })];
  const tls = { cert: Deno.readTextFileSync(cert), key: Deno.readTextFileSync(key) };
  return [make({ port, tls })];
}
