/**
 * What the gateway needs of a WebSocket server. One adapter for each is in `front/`.
 *
 * @module
 */

/** The outgoing side of one WebSocket. No method throws; after the end they do nothing. */
export interface Socket {
  /** Sends one text message. */
  send(text: string): void;
  /** Starts the close handshake. The caller bounds it with {@linkcode terminate}. */
  close(code: number, reason: string): void;
  /** Ends the TCP connection now, as far as the server lets us. */
  terminate(): void;
  /** Sends a ping where the server does not do so by itself; false when it does. */
  ping(): boolean;
  /** Octets that were sent and have not left this process. */
  readonly bufferedAmount: number;
}

/** The incoming side. None of them may throw. */
export interface SocketEvents {
  /** Whether {@linkcode opened} is to be called: most have nothing to say then. */
  readonly greets: boolean;
  /** What is sent from now on arrives. */
  opened(): void;
  /** @param binary whether it was a binary message; a text may come as its octets. */
  message(data: string | Uint8Array, binary?: boolean): void;
  pong(): void;
  /** The server refuses what the peer sent (RFC 6455) and ends the connection. */
  violated(): void;
  /** The TCP connection is gone. Called exactly once, however it ended. */
  closed(): void;
}

/** Room for one connection, which was taken and is used or given back. */
export interface Admission {
  /** The subprotocol to answer; undefined: none. */
  readonly subprotocol: string | undefined;
  /** Octets of one message, all its fragments together; more is refused with Close 1009. */
  readonly maxMessage: number;
  /** Makes the incoming side for the socket that was just upgraded. */
  accept(socket: Socket): SocketEvents;
  /** There will be no socket: the upgrade failed after all. */
  abandon(): void;
}

/**
 * Upgrades `request`, which has passed every check. Nothing that can throw may come after it: the
 * response must reach the server.
 */
export type Upgrade = (request: Request, admission: Admission) => Response;
