import { getLogger } from "../log/log.ts";
import { Connection } from "../doors/stomp/connection.ts";
import { MemoryGuard } from "./memory_guard.ts";
import { LiveMessages } from "../doors/stomp/messages.ts";
import type { GatewayOptions, GatewayServices, Member } from "./services.ts";
import type { Admission, Socket, SocketEvents } from "./socket.ts";
import { Wheel } from "./wheel.ts";

/**
 * What we ask of clients: a waiting tab is a hidden tab, and a hidden tab's timers run once a minute.
 * Dead peers are found by WebSocket pings, which browsers answer without timers.
 */
const DESIRED_BEAT_MS = 60_000;
/** Sockets that have not sent a valid CONNECT, for each worker, as a part of all it may have. */
const UNAUTHENTICATED_PART = 0.5;
/** How often a drain closes the next few connections. */
const DRAIN_STEP_MS = 50;
/** How long the last Close frames of a drain have to be sent and answered. */
const LAST_CLOSES_MS = 1_000;

const logger = getLogger("gateway");

/** All connections of one isolate. */
export class Gateway implements Admission, Disposable {
  readonly #connections = new Set<Member>();
  readonly #services: GatewayServices;
  readonly #memory: MemoryGuard;
  #unestablished = 0;
  #draining = false;

  constructor(options: GatewayOptions) {
    this.#services = {
      ...options,
      session: {
        server: options.server,
        heartBeatMs: options.heartBeatMs,
        desiredBeatMs: DESIRED_BEAT_MS,
      },
      wheel: new Wheel(options.clock),
      liveMessages: new LiveMessages(),
      established: (version) => {
        this.#unestablished--;
        options.metrics.connected(version);
      },
      removed: (member) => this.#removed(member),
      socketClosed: () => options.capacity.release(),
    };
    this.#memory = new MemoryGuard({
      clock: options.clock,
      most: options.maxMemory,
      resident: options.resident,
      relieve: () => this.#shedStrangers(),
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Why there is no room for one more connection; undefined when there is, and it is taken. */
  admit(): "full" | "unauthenticated" | "memory" | undefined {
    const { capacity, metrics } = this.#services;
    const reason = this.#memory.pressed
      ? "memory"
      : this.#unestablished >= capacity.most * UNAUTHENTICATED_PART
      ? "unauthenticated"
      : capacity.take()
      ? undefined
      : "full";
    if (reason) metrics.upgradeRefused(reason);
    return reason;
  }

  /** Takes in the socket of an admitted upgrade. */
  accept(socket: Socket): SocketEvents {
    const connection = new Connection(this.#services, socket);
    this.#connections.add(connection);
    this.#unestablished++;
    this.#services.metrics.connectionOpened();
    if (this.#draining) {
      this.#services.wheel.schedule(connection, this.#services.clock.now() + 1_000);
    }
    return connection;
  }

  abandon(): void {
    this.#services.capacity.release();
  }

  /**
   * Closes all connections cleanly (1001), spread evenly over `ms`, so that the clients do not all
   * come back in the same second. New ones are still taken in and closed with the rest: a refused
   * upgrade would cost a shipped client one of its few tries.
   */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const { clock } = this.#services;
    const began = clock.now();
    const connections = this.connections;
    logger.info("Closing {connections} connections over {ms} ms", { connections, ms });
    for (
      let dismissed = 0, passed = 0;
      passed < ms && this.#hasOpen();
      passed = clock.now() - began
    ) {
      const wanted = Math.ceil(connections * (passed + DRAIN_STEP_MS) / ms);
      dismissed += this.#dismiss(wanted - dismissed);
      await new Promise<void>((resolve) => clock.after(DRAIN_STEP_MS, resolve));
    }
    this.#dismiss(Infinity);
    const end = clock.now() + LAST_CLOSES_MS;
    while (this.connections > 0 && clock.now() < end) {
      await new Promise<void>((resolve) => clock.after(DRAIN_STEP_MS, resolve));
    }
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
    this.#services.wheel[Symbol.dispose]();
  }

  #hasOpen(): boolean {
    return this.#connections.values().some((connection) => connection.open);
  }

  /** Closes up to `most` connections; returns how many. */
  #dismiss(most: number): number {
    let dismissed = 0;
    for (const connection of this.#connections) {
      if (dismissed >= most) break;
      if (!connection.open) continue;
      connection.close(1001, "Server is going away");
      dismissed++;
    }
    return dismissed;
  }

  #shedStrangers(): void {
    for (const connection of this.#connections) {
      if (!connection.established) connection.close(1013, "Out of memory");
    }
  }

  #removed(member: Member): void {
    if (!this.#connections.delete(member)) return;
    if (!member.established) this.#unestablished--;
    this.#services.metrics.connectionClosed("client");
  }
}
