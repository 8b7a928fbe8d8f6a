import { hkdfSync } from "node:crypto";
import { Buffer } from "node:buffer";
import type { RouteGroup } from "../../http/route.ts";
import type { RoomEvent } from "../../rooms/events.ts";
import { Rooms } from "../../rooms/rooms.ts";
import { streamed } from "../../rooms/stream_events.ts";
import { type Door, door, type House } from "../door.ts";
import { Origin } from "../origin.ts";
import { revocationRoutes } from "../revocation_routes.ts";
import { Bindings } from "./conference/bindings.ts";
import { liveStates } from "./conference/live_port.ts";
import { principalOf } from "./conference/request.ts";
import { ConferenceTie } from "./conference/tie.ts";
import { roomsErrorOf } from "./errors.ts";
import { RoomsMetrics } from "./metrics.ts";
import { AllowList } from "./push/allow_list.ts";
import { pushVersion } from "./push/call.ts";
import { Notifier } from "./push/notifier.ts";
import { Rates } from "./rates.ts";
import { errorReply, writeReply } from "./reply.ts";
import { act } from "./routes/actions.ts";
import { SECURITY_SCHEMES } from "./routes/operations.ts";
import { endSession, register, unregister } from "./routes/registration.ts";
import { change, read, remove, state } from "./routes/room.ts";
import { create, deleteMany, HOUR_MS, list } from "./routes/rooms.ts";
import { routesOf } from "./routes/route.ts";
import type { Services } from "./services.ts";
import { Sessions } from "./sessions.ts";
import { ROOMS_DOOR, type RoomsValues } from "./settings.ts";
import { Vault } from "./vault.ts";
import { seconds } from "./views.ts";

const PARTICIPATION_RATE = { perSec: 50, atOnce: 100 } as const;
const JOIN_RATE = { perSec: 20, atOnce: 100 } as const;
/** Of the whole process. */
const SESSION_RATE = { perSec: 50, atOnce: 500 } as const;

const ENDPOINTS = [
  register,
  unregister,
  endSession,
  create,
  list,
  deleteMany,
  read,
  act,
  change,
  remove,
  state,
];

/** Rooms with participants, leases and session state, for the clients of a small video call. */
export const roomsDoor: Door = door({
  ...ROOMS_DOOR,
  async open(house, values) {
    const stack = new AsyncDisposableStack();
    const services = await openServices(house, values, stack);
    const revocations = await house.revocations();
    return {
      routes: [groupOf(house, services), revocationRoutes({ ...house, revocations })],
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
});

function groupOf({ settings, clock }: House, services: Services): RouteGroup {
  return {
    name: "rooms",
    prefix: "/v0",
    routes: ENDPOINTS.flatMap((endpoint) => routesOf(endpoint, services)),
    securitySchemes: SECURITY_SCHEMES,
    cors: {
      origins: settings.allowedOrigins,
      allowedHeaders: ["Authorization", "Content-Type"],
      exposedHeaders: [
        "Hawk-Session-Token",
        "Server-Authorization",
        "WWW-Authenticate",
        "Timestamp",
        "Retry-After",
      ],
    },
    renderError: (error, request) => {
      return writeReply(errorReply(roomsErrorOf(error, request)), clock.wall());
    },
  };
}

async function openServices(
  house: House,
  values: RoomsValues,
  stack: AsyncDisposableStack,
): Promise<Services> {
  const { store, bus, clock, settings, queue, names, access, authenticate, stream } = house;
  const vault = await Vault.open(values.ROOMS_SECRET ?? demoSecret(house));
  const sessions = new Sessions({ store, clock, vault });
  const metrics = new RoomsMetrics(house.meter);
  const revocations = await house.revocations();
  const origin = await Origin.open(store, clock, values.ORIGIN_UUID);
  const notifier = stack.use(notifierOf(values, { sessions, metrics, house }));
  const tie = stack.use(
    new ConferenceTie({
      bindings: new Bindings({ store, clock }),
      live: liveStates(queue),
      names,
      clock,
      liveTtlMs: settings.queue.liveTtlMs,
      find: async (id) => (await rooms.find(id))?.room,
    }),
  );
  const listener = (event: RoomEvent) => {
    metrics.happened(event);
    stream.publish(streamed(event));
    if (event.kind === "media") return;
    tie.heard(event);
    void notifier.changed(event.room.owner, versionOf(event));
  };
  const rooms: Rooms = stack.use(
    await Rooms.open({
      scope: "loop",
      bus,
      store,
      clock,
      sealing: vault,
      listener,
      mostRooms: values.ROOMS_MAX,
      mostPerOwner: values.ROOMS_MAX_PER_OWNER,
      extendMs: values.ROOMS_EXTEND_TTL_HOURS * HOUR_MS,
      deletedTtlMs: values.ROOMS_DELETED_TTL_SEC * 1_000,
    }),
  );
  return {
    values,
    store,
    clock,
    vault,
    rooms,
    sessions,
    tie,
    metrics,
    names,
    access,
    authenticate,
    isRevoked: (grant) => revocations.isRevoked(principalOf(grant)),
    apiKey: () => origin.id,
    webAppUrl: values.ROOMS_WEB_APP_URL ?? `http://localhost:${settings.port}/rooms/{token}`,
    rates: {
      participation: new Rates(clock, PARTICIPATION_RATE),
      join: new Rates(clock, JOIN_RATE),
      session: new Rates(clock, {
        perSec: SESSION_RATE.perSec / settings.workers,
        atOnce: Math.max(1, SESSION_RATE.atOnce / settings.workers),
      }),
    },
  };
}

/** What a receiver asks for: everything that changed since. Of a deletion, its moment. */
function versionOf({ kind, room, at }: RoomEvent): number {
  return seconds(kind === "deleted" ? at : Math.max(room.changedAt, at));
}

function notifierOf(
  values: RoomsValues,
  { sessions, metrics, house }: { sessions: Sessions; metrics: RoomsMetrics; house: House },
): Notifier {
  const options = { allowPrivate: values.ROOMS_PUSH_PRIVATE };
  return new Notifier({
    clock: house.clock,
    allowed: new AllowList(values.ROOMS_PUSH_ALLOW ?? []),
    urlsOf: (user) => sessions.pushUrls(user),
    call: (url, version, signal) => pushVersion(url, version, { ...options, signal }),
    pushed: (outcome) => metrics.pushed(outcome),
  });
}

/** The keys of the demo are made for the run, and all its isolates have them. */
function demoSecret({ settings }: House): string {
  const key = settings.clientKeys.secret ?? settings.systemKeys.secret;
  if (key === undefined) throw new TypeError("Cannot open the rooms door without ROOMS_SECRET");
  const octets = hkdfSync("sha256", key, new Uint8Array(), "rooms of the demo", 32);
  return Buffer.from(octets).toString("base64url");
}
