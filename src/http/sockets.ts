import type { Endpoint, Opener } from "../gateway/endpoint.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Upgrade } from "../gateway/socket.ts";
import { mayUpgrade, originRefused } from "./origin.ts";
import type { SocketMount } from "./route.ts";
import { overCapacity } from "./upgrade.ts";

/** What an upgrade goes through. */
export interface SocketOptions {
  readonly gateway: Gateway;
  /** Of the front that has the request. */
  readonly upgrade: Upgrade;
  /** Web origins that may open a WebSocket; `*` among them is any. */
  readonly allowedOrigins: readonly string[];
  /** What tells the client's address from others; absent: addresses are not bounded. */
  readonly addressOf?: ((request: Request) => string | undefined) | undefined;
}

/**
 * The last steps of an upgrade, in this order: the origin, what the door says of the request, room
 * for it. What may be refused is refused before the socket exists.
 */
export function mountSockets(endpoint: Endpoint, options: SocketOptions): SocketMount {
  const { gateway, upgrade, allowedOrigins, addressOf } = options;
  const enter = (request: Request, opener: Opener | Response): Response => {
    if (opener instanceof Response) return opener;
    const offered = request.headers.get("sec-websocket-protocol");
    const admission = gateway.admit(endpoint, opener, {
      subprotocol: endpoint.chooseSubprotocol(offered),
      address: addressOf?.(request),
    });
    return typeof admission === "string" ? overCapacity() : upgrade(request, admission);
  };
  return {
    paths: endpoint.paths,
    upgradesOnly: endpoint.upgradesOnly,
    upgrade(request) {
      if (!mayUpgrade(request, allowedOrigins)) return originRefused();
      const opener = endpoint.open(request);
      return opener instanceof Promise
        ? opener.then((opener) => enter(request, opener))
        : enter(request, opener);
    },
  };
}
