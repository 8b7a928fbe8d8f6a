import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Capacity } from "../gateway/capacity.ts";

/** How long the head of a request may take, counted from the connection or the last answer. */
export const HEAD_MS = 10_000;
/** How long the answer to an upgrade may take. */
const UPGRADE_MS = 10_000;
/** How long a peer has to read why its upgrade was refused, and to close. */
const LINGER_MS = 1_000;
/** How often it is looked for connections that take longer. */
const LOOK_MS = 250;
/** The most requests of one connection that wait for their answer or for it to be read. */
const MAX_PIPELINED = 16;

/**
 * Bounds what the runtime's node:http server does not: the connections that are open, the time that
 * a head may take, however it drips, and the requests that a peer sends without reading the answers.
 * One guard watches all servers of an isolate, one after the other: a connection outlives the server
 * that has accepted it, and what it may do does not end with that.
 */
export class ConnectionGuard implements Disposable {
  /** Connections that must get on, and when each is destroyed if it does not. */
  readonly #deadlines = new Map<Socket, number>();
  readonly #unanswered = new WeakMap<Socket, number>();
  readonly #timer: number;

  /** @param accepted room for connections. */
  constructor(readonly accepted: Capacity) {
    this.#timer = Number(setInterval(() => this.#look(), LOOK_MS));
    Deno.unrefTimer(this.#timer);
  }

  /** Why no more connections may be accepted; undefined when they may. */
  get shortage(): Error | undefined {
    const { used, most } = this.accepted;
    return used < most ? undefined : noRoom();
  }

  /**
   * Watches the connections of `server`. One that finds no room is closed and the server emits an
   * error: it must accept no more, since the runtime accepts faster than it closes.
   */
  watch(server: Server): void {
    server.on("connection", (socket: Socket) => {
      if (!this.#accept(socket)) server.emit("error", noRoom());
    });
    this.#wrap(server);
    server.prependListener("upgrade", ({ socket }: IncomingMessage) => {
      // What it asked before is no more this guard's business: the socket is no HTTP from now on.
      this.#unanswered.delete(socket);
      this.#expect(socket, UPGRADE_MS);
    });
  }

  /** The connection is a WebSocket now, which has bounds of its own. */
  upgraded(socket: Socket): void {
    this.#deadlines.delete(socket);
  }

  /** The upgrade was refused, and nothing more is expected of the connection but its end. */
  refused(socket: Socket): void {
    this.#expect(socket, LINGER_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Stands before the server's own listener, so that what is refused is not handled. */
  #wrap(server: Server): void {
    const [handle] = server.listeners("request") as RequestListener[];
    server.removeAllListeners("request");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      if (this.#begin(request, response)) handle!(request, response);
    });
  }

  /** False when there was no room for it. */
  #accept(socket: Socket): boolean {
    if (!this.accepted.take()) {
      socket.destroy();
      return false;
    }
    this.#expect(socket, HEAD_MS);
    socket.once("close", () => {
      this.#deadlines.delete(socket);
      this.accepted.release();
    });
    return true;
  }

  /** False when the connection has been ended. */
  #begin({ socket }: IncomingMessage, response: ServerResponse): boolean {
    this.#deadlines.delete(socket);
    const unanswered = (this.#unanswered.get(socket) ?? 0) + 1;
    this.#unanswered.set(socket, unanswered);
    if (unanswered > MAX_PIPELINED) {
      socket.destroy();
      return false;
    }
    response.once("close", () => this.#end(socket));
    return true;
  }

  #end(socket: Socket): void {
    const before = this.#unanswered.get(socket);
    if (before === undefined) return;
    this.#unanswered.set(socket, before - 1);
    if (before === 1) this.#expect(socket, HEAD_MS);
  }

  #expect(socket: Socket, ms: number): void {
    if (!socket.destroyed) this.#deadlines.set(socket, performance.now() + ms);
  }

  #look(): void {
    const now = performance.now();
    for (const [socket, deadline] of this.#deadlines) if (deadline < now) socket.destroy();
  }
}

function noRoom(): Error {
  return new Error("There is no room for more connections");
}
