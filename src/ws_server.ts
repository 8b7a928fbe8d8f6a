import { createAdaptorServer } from "@hono/node-server";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { ConnectionGuard } from "./connection_guard.ts";
import type { WsFront } from "./gateway/ws.ts";
import { getLogger } from "./log.ts";
import type { Listener, ListenOptions } from "./server.ts";

/** From the first octet of a request to the end of its head, and to its end. */
const HEAD_MS = 10_000;
const REQUEST_MS = 30_000;
/** The most octets of a request's head. */
const HEAD_OCTETS = 16 * 1024;
/** Connections that wait to be accepted: all browsers of a deploy come back in the same second. */
const BACKLOG = 4_096;

/** How often it is looked whether file descriptors have run out. */
const WATCH_MS = 250;

const logger = getLogger("server");

/** Listens with node:http, and upgrades by `front`. */
export async function listenWs(front: WsFront, options: ListenOptions): Promise<Listener> {
  const { handler, hostname: host, port, reusePort } = options;
  const server = createAdaptorServer({
    fetch: (request) => handler(request),
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      maxHeaderSize: HEAD_OCTETS,
    },
  }) as Server;
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Uint8Array) => {
    front.handle({ request, socket, head }, handler).catch((error) => {
      logger.error("An upgrade failed: {error}", { error });
      socket.destroy();
    });
  });
  const guard = new ConnectionGuard(server);
  const failed = Promise.withResolvers<unknown>();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, reusePort, backlog: BACKLOG }, resolve);
  });
  const watch = setInterval(() => {
    const error = outOfFiles();
    if (error) fail(error);
  }, WATCH_MS);
  Deno.unrefTimer(watch);
  const fail = (error: unknown) => {
    clearInterval(watch);
    guard[Symbol.dispose]();
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

/**
 * The error of opening one more file, if there is no file descriptor left for it. When that happens
 * the runtime's node:net server stops accepting for ever, without an event; so it is asked for.
 */
function outOfFiles(): unknown {
  try {
    Deno.listen({ hostname: "127.0.0.1", port: 0 }).close();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code === "EMFILE" ? error : undefined;
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
