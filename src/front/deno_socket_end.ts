/**
 * The end of a WebSocket of the runtime's own server. Its API offers the close handshake alone, and a
 * peer that never answers it would keep its file descriptor for ever. What is used here instead is
 * inside the runtime: where another version has moved it, nothing is ended and nothing breaks.
 *
 * @module
 */

interface Core {
  tryClose(resource: number): void;
}

/** The runtime's name for the number of a socket's resource. */
const RESOURCE = "[[rid]]";

const core = findCore();
let resourceKey: symbol | undefined;

/**
 * Ends the TCP connection of `socket` now. It then fires its close event.
 *
 * @returns false where the runtime does not let us, or the socket is not open yet.
 */
export function endSocket(socket: WebSocket): boolean {
  resourceKey ??= Object.getOwnPropertySymbols(socket)
    .find(({ description }) => description === RESOURCE);
  if (!core || !resourceKey) return false;
  const resource = (socket as unknown as Record<symbol, unknown>)[resourceKey];
  // A number that is not its own any more must not end another's.
  if (typeof resource !== "number" || socket.readyState === WebSocket.CLOSED) return false;
  core.tryClose(resource);
  return true;
}

function findCore(): Core | undefined {
  const { internal } = Deno as unknown as { internal?: symbol };
  const internals = internal && (Deno as unknown as Record<symbol, { core?: unknown }>)[internal];
  const found = internals?.core as Partial<Core> | undefined;
  return typeof found?.tryClose === "function" ? found as Core : undefined;
}
