/**
 * The rooms door in this process, on a store, a bus and a clock of the test.
 *
 * @module
 */

import { AccessPolicy } from "../../../src/access/policy.ts";
import { ConferenceNames } from "../../../src/access/conference_name.ts";
import { AuthError } from "../../../src/auth/auth_error.ts";
import type { Principal } from "../../../src/auth/principal.ts";
import type { House, OpenDoor } from "../../../src/doors/door.ts";
import { roomsDoor } from "../../../src/doors/rooms/door.ts";
import { ROOMS_DOOR, type RoomsValues } from "../../../src/doors/rooms/settings.ts";
import { createHttpApp } from "../../../src/http/app.ts";
import { Meter } from "../../../src/metrics/meter.ts";
import type { StreamEvent } from "../../../src/stream/event.ts";
import type { RoomStreamEvent } from "../../../src/rooms/stream_events.ts";
import { Queue } from "../../../src/queue/queue.ts";
import { type Clock, systemClock, type Timer } from "../../../src/time/clock.ts";
import { MemoryStore } from "../../queue/memory_store.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryBus, MemoryNetwork } from "../../support/memory_bus.ts";
import { noMetrics } from "../../support/no_metrics.ts";
import { Target } from "./client.ts";

export const BASE = "http://rooms.example:8060";
export const ORIGIN = "https://app.example";
export const ORIGIN_ID = "00000000-0000-4000-8000-000000000001";

/** Runs as time does, and can be moved ahead. */
export class MovableClock implements Clock {
  #ahead = 0;
  #frozen: { readonly now: number; readonly wall: number } | undefined;

  now(): number {
    return (this.#frozen ?? { now: systemClock.now() }).now + this.#ahead;
  }

  wall(): number {
    return (this.#frozen ?? { wall: systemClock.wall() }).wall + this.#ahead;
  }

  /** From now on time stands still unless it is moved; timers go on. */
  freeze(): void {
    this.#frozen = { now: systemClock.now(), wall: systemClock.wall() };
  }

  /** Unlike those of the service these keep the process alive, which has nothing else to do. */
  after(ms: number, fn: () => void): Timer {
    const id = setTimeout(fn, ms);
    return { [Symbol.dispose]: () => clearTimeout(id) };
  }

  every(ms: number, fn: () => void): Timer {
    return systemClock.every(ms, fn);
  }

  move(ms: number): void {
    this.#ahead += ms;
  }
}

function client(role: "visitor" | "moderator", id: string, rest: object = {}): Principal {
  const user = { id, email: `${id}@acme.example` };
  const expiresAt = 4_000_000_000;
  return { kind: "client", role, room: "*", tenant: "acme", expiresAt, user, ...rest };
}

/** Who the tokens of the tests are. */
const TOKENS: Readonly<Record<string, Principal>> = {
  olga: client("moderator", "olga"),
  abel: client("visitor", "abel"),
  bert: client("visitor", "bert"),
  nameless: client("visitor", "x", { user: undefined }),
  elsewhere: client("moderator", "emma", { tenant: "other" }),
  townhall: client("moderator", "tom", { room: "townhall" }),
  over: client("moderator", "olga", { expiresAt: 1_000 }),
  system: { kind: "system", room: undefined, tenant: undefined, expiresAt: 4_000_000_000 },
  "system-acme": { kind: "system", room: undefined, tenant: "acme", expiresAt: 4_000_000_000 },
  "system-other": { kind: "system", room: undefined, tenant: "other", expiresAt: 4_000_000_000 },
};

function authenticate(authorization: string | undefined): Principal {
  const found = TOKENS[authorization?.replace(/^bearer\s+/i, "") ?? ""];
  if (!found) throw new AuthError("signature", "the token is not signed by a known key");
  return found;
}

export interface StageOptions {
  readonly values?: Partial<RoomsValues>;
  readonly basePath?: string;
}

/** One isolate with the door open. */
export class Isolate extends Target {
  constructor(
    readonly door: OpenDoor,
    readonly bus: MemoryBus,
    readonly queue: Queue,
    readonly meter: Meter,
    fetch: (request: Request) => Response | Promise<Response>,
    now: () => number,
  ) {
    super(BASE, fetch, now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.door[Symbol.asyncDispose]?.();
    await this.queue[Symbol.asyncDispose]();
    await this.bus[Symbol.asyncDispose]();
  }
}

export class Stage implements AsyncDisposable {
  readonly clock = new MovableClock();
  readonly store = new MemoryStore(this.clock);
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly isolates: Isolate[] = [];
  /** What was put on the stream. */
  readonly published: RoomStreamEvent[] = [];
  /** Whether the tokens of all sessions were taken back. */
  revoked = false;

  /** @param isolates how many there are. */
  static async open(options: StageOptions = {}, isolates = 1): Promise<Stage> {
    const stage = new Stage();
    for (let i = 0; i < isolates; i++) await stage.add(options);
    return stage;
  }

  /** The first isolate. */
  get at(): Isolate {
    return this.isolates[0]!;
  }

  async add({ values = {}, basePath = "" }: StageOptions = {}): Promise<Isolate> {
    const { store, clock } = this;
    const bus = this.network.join();
    const meter = new Meter();
    const queue = await Queue.open({
      bus,
      store,
      clock,
      metrics: noMetrics,
      releaseRate: 0,
      randomDelayMs: 0,
      liveTtlMs: 3_600_000,
      stateIntervalMs: 1_000,
    });
    const house = {
      bus,
      store,
      clock,
      meter,
      queue,
      metrics: noMetrics,
      version: "0",
      names: new ConferenceNames({ mucDomain: undefined, xmppDomain: undefined }),
      access: new AccessPolicy({ visitorAnyRole: false, domainVerification: false }),
      authenticate,
      stream: {
        publish: (event: StreamEvent) => void this.published.push(event as RoomStreamEvent),
      },
      revocations: () => Promise.resolve({ isRevoked: () => this.revoked }),
      settings: {
        allowedOrigins: [ORIGIN],
        workers: 1,
        port: 8060,
        queue: { liveTtlMs: 3_600_000 },
      },
    } as unknown as House;
    const door = await roomsDoor.open(house, { ...defaults(), ...values });
    const app = createHttpApp({ basePath, groups: door.routes!, version: "0" });
    const isolate = new Isolate(door, bus, queue, meter, app.fetch, () => clock.wall());
    this.isolates.push(isolate);
    return isolate;
  }

  /** Everything that the store has, as one text. */
  async stored(): Promise<string> {
    const keys = await this.store.keys("", 100_000);
    const entries = await this.store.get(keys);
    return keys.map((key, i) => `${key} ${entries[i]?.value}`).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const isolate of this.isolates) await isolate[Symbol.asyncDispose]();
  }
}

/** The value of each setting where nothing is set, and registration is open. */
function defaults(): RoomsValues {
  const values: Record<string, unknown> = {};
  for (const [name, declaration] of Object.entries(ROOMS_DOOR.settings)) {
    const { schema, default: text } = declaration as {
      schema: { parse(t: string): unknown };
      default?: string;
    };
    values[name] = text === undefined ? undefined : schema.parse(text);
  }
  return {
    ...values,
    ROOMS_SECRET: "a-secret-of-the-rooms-tests-0123456789",
    ROOMS_REGISTRATION: "open",
    ROOMS_WEB_APP_URL: "https://app.example/#{token}",
    ORIGIN_UUID: ORIGIN_ID,
  } as unknown as RoomsValues;
}

export { eventually };
