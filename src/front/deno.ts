import type { Admission, Socket, SocketEvents } from "../gateway/socket.ts";
import { endSocket } from "./deno_socket_end.ts";

/**
 * Seconds of silence after which the server has cut the peer: it pings after half of it. A dead
 * peer leaves the count within this time.
 */
const IDLE_TIMEOUT_SEC = 40;

/** How long messages that have arrived are given to be read before a Close. */
const READ_FIRST_MS = 5;

/**
 * The native front. What it cannot do is the runtime's: a bound on fragmented messages, and close
 * codes for violations of RFC 6455.
 *
 * @throws {TypeError} `request` is not an upgrade. The caller has checked that it is one.
 */
export function upgradeDeno(request: Request, admission: Admission): Response {
  const { subprotocol } = admission;
  if (subprotocol !== undefined && !isOffered(request, subprotocol)) {
    offerAlone(request, subprotocol);
  }
  let upgraded: Deno.WebSocketUpgrade | undefined;
  try {
    upgraded = Deno.upgradeWebSocket(request, {
      idleTimeout: IDLE_TIMEOUT_SEC,
      ...(subprotocol !== undefined && { protocol: subprotocol }),
    });
  } finally {
    if (!upgraded) admission.abandon();
  }
  const adapter = new DenoSocket(upgraded.socket);
  adapter.events = admission.accept(adapter);
  if (adapter.events.greets) upgraded.socket.addEventListener("open", adapter);
  return upgraded.response;
}

/**
 * Whether the runtime finds `subprotocol` among the offers. It splits them at ", " and nothing else,
 * which is how browsers write them but not every client, and throws on what it does not find.
 */
function isOffered({ headers }: Request, subprotocol: string): boolean {
  return headers.get("sec-websocket-protocol")?.split(", ").includes(subprotocol) ?? false;
}

/** Makes `subprotocol` the only offer of `request`, in the runtime's own form. */
function offerAlone(request: Request, subprotocol: string): void {
  const headers = new Headers(request.headers);
  headers.set("sec-websocket-protocol", subprotocol);
  Object.defineProperty(request, "headers", { value: headers });
}

/** One object a connection for both directions: it is the listener of all events. */
class DenoSocket implements Socket, EventListenerObject {
  events: SocketEvents | undefined;
  #abandoned = false;

  constructor(readonly socket: WebSocket) {
    socket.addEventListener("message", this);
    socket.addEventListener("close", this);
    socket.addEventListener("error", this);
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  send(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  close(code: number, reason: string): void {
    // The runtime drops the connection without a Close when it reads a message after this. What has
    // arrived by now is read first.
    setTimeout(() => this.#close(code, reason), READ_FIRST_MS);
  }

  terminate(): void {
    if (endSocket(this.socket)) return;
    this.#close(1001, "");
    if (this.#abandoned) this.#end();
  }

  ping(): boolean {
    return false;
  }

  handleEvent(event: Event): void {
    if (event.type === "message") {
      const { data } = event as MessageEvent<string | ArrayBuffer>;
      if (typeof data === "string") this.events?.message(data, false);
      else this.events?.message(new Uint8Array(data), true);
    } else if (event.type === "close") {
      this.#end();
    } else if (event.type === "open") {
      this.events?.opened();
    } else {
      // The runtime reports a violation here and then closes; the event must not go unhandled.
      event.preventDefault();
      this.events?.violated();
    }
  }

  #close(code: number, reason: string): void {
    const { socket } = this;
    // The peer left before our answer to its upgrade: the runtime will report nothing of it.
    if (socket.readyState === WebSocket.CONNECTING) this.#abandoned = true;
    if (socket.readyState <= WebSocket.OPEN) socket.close(code, reason);
  }

  /** Once: the runtime fires a second close event after an idle timeout. */
  #end(): void {
    this.events?.closed();
    this.events = undefined;
  }
}
