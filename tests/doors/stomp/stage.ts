import type { Principal } from "../../../src/auth/principal.ts";
import { Capacity } from "../../../src/gateway/capacity.ts";
import { Gateway, strangersOf } from "../../../src/gateway/gateway.ts";
import type { Endpoint, Opener } from "../../../src/gateway/endpoint.ts";
import { queueEndpoint, type QueueEndpointOptions } from "../../../src/doors/stomp/endpoint.ts";
import { LiveMessages } from "../../../src/doors/stomp/messages.ts";
import type { Admission, Socket, SocketEvents } from "../../../src/gateway/socket.ts";
import { Refusals } from "../../../src/stomp_host/refusals.ts";
import { noCounter, noMetrics } from "../../support/no_metrics.ts";
import { AccessPolicy } from "../../../src/access/policy.ts";
import { ConferenceNames } from "../../../src/access/conference_name.ts";
import { Queue } from "../../../src/queue/queue.ts";
import { ReturningVisitors } from "../../../src/queue/returning_visitors.ts";
import { MemoryStore } from "../../queue/memory_store.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { MemoryBus, MemoryNetwork } from "../../support/memory_bus.ts";
import { MemoryEntries } from "../../support/memory_entries.ts";
import { frame, parse, type StompFrame, VISITOR_TOPIC } from "../../support/stomp_socket.ts";

export const CONFERENCE = "room@conference.meet.example";

const VISITOR: Principal = {
  kind: "client",
  role: "visitor",
  room: "*",
  tenant: "*",
  expiresAt: Infinity,
};

const REQUEST = new Request("http://queue.example/visitor");

/** A socket that keeps what is done to it, with the time of each. */
export class FakeSocket implements Socket {
  readonly sent: { text: string; at: number }[] = [];
  closedWith: { code: number; reason: string; at: number } | undefined;
  terminatedAt: number | undefined;
  bufferedAmount = 0;
  /** Whether it pings itself (the native front), or how many pings were asked of it. */
  pings: number | "itself" = "itself";
  events!: SocketEvents;

  constructor(readonly clock: FakeClock) {}

  send(text: string): void {
    this.sent.push({ text, at: this.clock.now() });
  }

  close(code: number, reason: string): void {
    this.closedWith ??= { code, reason, at: this.clock.now() };
  }

  terminate(): void {
    this.terminatedAt ??= this.clock.now();
  }

  ping(): boolean {
    if (this.pings === "itself") return false;
    this.pings++;
    return true;
  }

  /** Frames sent so far, without beats. */
  get frames(): StompFrame[] {
    return this.sent.filter(({ text }) => text !== "\n").map(({ text }) => parse(text));
  }

  /** When beats were sent. */
  get beats(): number[] {
    return this.sent.filter(({ text }) => text === "\n").map(({ at }) => at);
  }

  receive(command: string, headers: Record<string, string> = {}): void {
    this.events.message(frame(command, headers));
  }

  connect(heartBeat = "0,0"): this {
    this.receive("CONNECT", { "accept-version": "1.2", "heart-beat": heartBeat });
    return this;
  }

  subscribe(id = "s0", conference = CONFERENCE): this {
    this.receive("SUBSCRIBE", { id, destination: VISITOR_TOPIC + conference, receipt: id });
    return this;
  }
}

export interface StageOptions extends Partial<Omit<QueueEndpointOptions, "session">> {
  readonly capacity?: Capacity;
  readonly strangers?: Capacity;
  readonly heartBeatMs?: number;
  readonly maxMemory?: number;
  readonly resident?: () => number;
}

/** A gateway over a real queue, with sockets and time of the test's own. */
export class Stage implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();

  private constructor(
    readonly clock: FakeClock,
    readonly queue: Queue,
    readonly gateway: Gateway,
    readonly endpoint: Endpoint,
    readonly names: ConferenceNames,
  ) {}

  static async open(options: StageOptions = {}): Promise<Stage> {
    const clock = new FakeClock();
    const queue = await Queue.open({
      bus: new MemoryBus(new MemoryNetwork({ clock }), "here"),
      store: new MemoryStore(clock, new MemoryEntries()),
      clock,
      metrics: noMetrics,
      releaseRate: 0,
      randomDelayMs: 0,
      liveTtlMs: 3_600_000,
      stateIntervalMs: 1_000,
    });
    const names = new ConferenceNames({});
    const { capacity = new Capacity(Capacity.share(1, 100), 0), heartBeatMs = 10_000 } = options;
    const gateway = new Gateway({
      clock,
      metrics: options.metrics ?? noMetrics,
      capacity,
      strangers: options.strangers ??
        new Capacity(Capacity.share(1, strangersOf(capacity.most)), 0),
      maxMemory: options.maxMemory ?? Infinity,
      resident: options.resident ?? (() => 0),
    });
    const endpoint = queueEndpoint({
      queue,
      names,
      access: new AccessPolicy({ visitorAnyRole: false, domainVerification: false }),
      clock,
      metrics: noMetrics,
      authenticate: () => VISITOR,
      disconnectOnExpiry: false,
      refusals: new Refusals({ clock, metrics: noMetrics, slowed: noCounter }),
      connectTimeoutMs: 10_000,
      session: { heartBeatMs, desiredBeatMs: 60_000 },
      liveMessages: new LiveMessages(),
      returning: new ReturningVisitors(ReturningVisitors.share(), () => clock.wall()),
      returned: noCounter,
      ...options,
    });
    const stage = new Stage(clock, queue, gateway, endpoint, names);
    stage.#stack.use(queue);
    stage.#stack.use(gateway);
    return stage;
  }

  /** A socket that was let in. */
  socket(): FakeSocket {
    const socket = new FakeSocket(this.clock);
    socket.events = this.admit().accept(socket);
    if (socket.events.greets) socket.events.opened();
    return socket;
  }

  /** Room for one more. @throws {Error} there is none. */
  admit(): Admission {
    const admission = this.gateway.admit(this.endpoint, this.endpoint.open(REQUEST) as Opener);
    if (typeof admission === "string") throw new Error(`No room: ${admission}`);
    return admission;
  }

  /** Visitors that wait for {@linkcode CONFERENCE}. */
  async waiting(): Promise<number> {
    const view = this.queue.describe(this.names.parse(CONFERENCE));
    await settle();
    return (await view).visitorsWaiting;
  }

  async goLive(): Promise<void> {
    const done = this.queue.goLive(this.names.parse(CONFERENCE));
    await this.clock.advance(20);
    await done;
    await this.clock.advance(20);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
