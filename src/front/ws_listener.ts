import { createAdaptorServer } from "@hono/node-server";
import type { IncomingMessage, Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { Problem } from "../http/problem.ts";
import { targetProblem } from "../http/target.ts";
import { hasToken } from "../http/upgrade.ts";
import { type ConnectionGuard, HEAD_MS } from "./connection_guard.ts";
import { notePeerAddress } from "./peer_address.ts";
import type { WsFront } from "./ws.ts";
import { getLogger } from "../log/log.ts";
import { BACKLOG, type Listener, type ListenOptions } from "./listener.ts";

/** From the first octet of a request to its end. */
const REQUEST_MS = 30_000;
/** The most octets of a request's head. */
const HEAD_OCTETS = 16 * 1024;

/**
 * How often it is looked whether file descriptors have run out, which takes that something else than
 * accepted connections uses them up.
 */
const WATCH_MS = 250;
/** How many file descriptors must be free for a listener to be opened. */
const FREE_FILES = 16;

const SERVER_OPTIONS = {
  headersTimeout: HEAD_MS,
  requestTimeout: REQUEST_MS,
  maxHeaderSize: HEAD_OCTETS,
  /** Who offers another protocol gets the answer of this one (RFC 9110 section 7.8). */
  shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
    hasToken(headers.upgrade ?? null, "websocket"),
};

const logger = getLogger("server");

/** Who upgrades, and who bounds connections. */
export interface WsServerOptions {
  readonly front: WsFront;
  readonly guard: ConnectionGuard;
}

/**
 * Listens with node:http, and upgrades by `front`.
 *
 * @throws {Error} the port cannot be had, or there is no room for connections.
 */
export async function listenWs(
  { front, guard }: WsServerOptions,
  options: ListenOptions,
): Promise<Listener> {
  const { handler, hostname: host, port, reusePort, tls } = options;
  const shortage = guard.shortage ?? outOfFiles(FREE_FILES);
  if (shortage) throw shortage;
  const server = createAdaptorServer({
    fetch(request, env) {
      const incoming = env.incoming as IncomingMessage;
      notePeerAddress(request, incoming.socket);
      return problemOf(incoming)?.toResponse() ?? handler(request);
    },
    overrideGlobalObjects: false,
    ...(tls && { createServer: createSecureServer }),
    serverOptions: { ...SERVER_OPTIONS, ...tls },
  }) as Server;
  const upgrade = async (request: IncomingMessage, socket: Socket, head: Uint8Array) => {
    const problem = problemOf(request) ?? upgradeProblemOf(request);
    const answer = problem ? () => problem.toResponse() : handler;
    try {
      if (await front.handle({ request, socket, head }, answer)) guard.upgraded(socket);
      else guard.refused(socket);
    } catch (error) {
      logger.error("An upgrade failed: {error}", { error });
      socket.destroy();
    }
  };
  server.on("upgrade", upgrade);
  guard.watch(server);
  const failed = Promise.withResolvers<unknown>();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, reusePort, backlog: BACKLOG }, resolve);
  });
  const watch = setInterval(() => {
    const error = outOfFiles(1);
    if (error) fail(error);
  }, WATCH_MS);
  Deno.unrefTimer(watch);
  const fail = (error: unknown) => {
    clearInterval(watch);
    server.close();
    failed.resolve(error);
  };
  server.on("error", fail);
  server.on("close", () => fail(undefined));
  return {
    port: (server.address() as AddressInfo).port,
    ended: failed.promise,
    stop: () => stop(server),
  };
}

/** RFC 6455 section 4.1: an upgrade is HTTP/1.1 or higher. */
function upgradeProblemOf({ httpVersion }: IncomingMessage): Problem | undefined {
  if (httpVersion !== "1.0") return undefined;
  return new Problem(400, "http_version", "An upgrade to WebSocket is asked for by HTTP/1.1.");
}

/** What node:http parsed, before anything is normalised. */
function problemOf({ url, headers }: IncomingMessage): Problem | undefined {
  return targetProblem(url ?? "/", headers.host);
}

/**
 * The error of opening `count` more files, if there are not as many file descriptors left. Without
 * any the runtime's node:net server stops accepting for ever, without an event; so it is asked for.
 */
function outOfFiles(count: number): unknown {
  // What needs no other permission than the server itself.
  const sockets: Deno.Listener[] = [];
  try {
    while (sockets.length < count) sockets.push(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code === "EMFILE" ? error : undefined;
  } finally {
    for (const socket of sockets) socket.close();
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
