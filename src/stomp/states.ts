/**
 * The states of a session, and what each does with each command.
 *
 * @module
 */

import { StompError } from "./error.ts";

/**
 * - `connecting`: awaits CONNECT.
 * - `authenticating`: awaits the host's verdict on it.
 * - `connected`: CONNECTED was sent.
 * - `disconnecting`: RECEIPT of DISCONNECT was sent, the peer's Close is awaited.
 * - `closed`: a Close was asked of the host, or the socket is gone.
 */
export type SessionState =
  | "connecting"
  | "authenticating"
  | "connected"
  | "disconnecting"
  | "closed";

/** What a session does with a frame. */
export type Action =
  | "connect"
  | "hold"
  | "subscribe"
  | "unsubscribe"
  | "acknowledge"
  | "disconnect"
  | "ignore";

type Cell = Action | (() => StompError);

/** What a state does with a command, and with any other. */
interface Row {
  readonly commands: ReadonlyMap<string, Cell>;
  readonly other: Cell;
}

const firstConnect = () => new StompError("not-connected", "Send CONNECT first");
/** The identity of the first CONNECT is never replaced. */
const secondConnect = () => new StompError("already-connected", "Already connected");
/**
 * "If the server cannot successfully process the SEND frame for any reason, the server MUST send the
 * client an ERROR frame and then close the connection" (STOMP 1.2, SEND).
 */
const noSend = () => new StompError("not-supported", "SEND is not supported");
const noTransactions = () => new StompError("not-supported", "Transactions are not supported");
/** Commands are case sensitive, and those of a server are unknown to one. */
const badCommand = () => new StompError("bad-command", "Bad command");

const TABLE: Readonly<Record<SessionState, Row>> = {
  connecting: {
    // "STOMP servers MUST handle a STOMP frame in the same manner as a CONNECT frame" (1.2)
    commands: new Map([["CONNECT", "connect"], ["STOMP", "connect"]]),
    other: firstConnect,
  },
  authenticating: { commands: new Map(), other: "hold" },
  connected: {
    commands: new Map<string, Cell>([
      ["SUBSCRIBE", "subscribe"],
      ["UNSUBSCRIBE", "unsubscribe"],
      ["ACK", "acknowledge"],
      ["NACK", "acknowledge"],
      ["DISCONNECT", "disconnect"],
      ["CONNECT", secondConnect],
      ["STOMP", secondConnect],
      ["SEND", noSend],
      ["BEGIN", noTransactions],
      ["COMMIT", noTransactions],
      ["ABORT", noTransactions],
    ]),
    other: badCommand,
  },
  // "Clients MUST NOT send any more frames after the DISCONNECT frame is sent" (1.2)
  disconnecting: { commands: new Map(), other: "ignore" },
  closed: { commands: new Map(), other: "ignore" },
};

/**
 * What a session in `state` does with a frame of `command`.
 *
 * @throws {StompError} it refuses the frame.
 */
export function actionOf(state: SessionState, command: string): Action {
  const { commands, other } = TABLE[state];
  const cell = commands.get(command) ?? other;
  if (typeof cell === "string") return cell;
  throw cell();
}
