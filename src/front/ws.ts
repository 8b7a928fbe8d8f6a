import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { notePeerAddress } from "./peer_address.ts";
import type { Admission, Socket, SocketEvents } from "../gateway/socket.ts";

/** The most fragments of one message: each costs more memory than it holds. */
const MAX_FRAGMENTS = 1_024;
/** How long a peer has to answer our Close. The gateway cuts it sooner; this is the last resort. */
const CLOSE_TIMEOUT_MS = 10_000;
/** How long a peer that broke the protocol has to read our Close. */
const LINGER_MS = 500;

/** An upgrade request of node:http. */
export interface RawUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Uint8Array;
}

/** What is used of the `WebSocket` of npm `ws`, which ships no types. */
interface WebSocket {
  readonly readyState: number;
  readonly OPEN: number;
  readonly bufferedAmount: number;
  close(code: number, reason: string): void;
  terminate(): void;
  ping(): void;
  on(event: string, listener: (this: WebSocket, data: unknown, binary: boolean) => void): void;
}

/**
 * The hardened front: npm `ws` under node:http. It is strict about RFC 6455 (1002, 1007), bounds
 * messages whatever their fragments (1009), never compresses, and can cut a peer at once.
 */
export class WsFront {
  /** One for each bound of messages that a door has. */
  readonly #servers = new Map<number, WebSocketServer>();
  /** What the handler decided. */
  readonly #admissions = new WeakMap<Request, Admission>();

  /**
   * Asks `handler` about an upgrade and does what it decides: the upgrade, or its response.
   *
   * @returns whether it is a WebSocket now. If not, the caller ends a peer that does not close.
   */
  async handle(
    raw: RawUpgrade,
    handler: (request: Request) => Response | Promise<Response>,
  ): Promise<boolean> {
    // A peer that resets now must not end the process with an error that nobody hears.
    raw.socket.on("error", ignore);
    const request = toRequest(raw.request);
    const response = request ? await handler(request) : new Response(null, { status: 400 });
    const admission = request && this.#admissions.get(request);
    if (admission) return this.#upgrade(raw, admission);
    await refuse(raw.socket, response);
    return false;
  }

  /** Notes that the upgrade is taken; it is done when the handler has returned. */
  readonly upgrade = (request: Request, admission: Admission): Response => {
    this.#admissions.set(request, admission);
    return new Response(null, { status: 204 });
  };

  #upgrade({ request, socket, head }: RawUpgrade, admission: Admission): boolean {
    const { subprotocol, maxMessage } = admission;
    // The choice was made; `ws` answers the one that it finds here.
    if (subprotocol === undefined) delete request.headers["sec-websocket-protocol"];
    else request.headers["sec-websocket-protocol"] = subprotocol;
    let accepted = false;
    this.#serverOf(maxMessage).handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      accepted = true;
      const adapter = new WsSocket(webSocket, socket);
      const events = adapter.events = admission.accept(adapter);
      if (events.greets) events.opened();
    });
    if (!accepted) admission.abandon();
    return accepted;
  }

  #serverOf(maxPayload: number): WebSocketServer {
    let server = this.#servers.get(maxPayload);
    if (!server) {
      server = new WebSocketServer({
        noServer: true,
        clientTracking: false,
        maxPayload,
        maxFragments: MAX_FRAGMENTS,
        closeTimeout: CLOSE_TIMEOUT_MS,
        perMessageDeflate: false,
      });
      this.#servers.set(maxPayload, server);
    }
    return server;
  }
}

const adapters = new WeakMap<WebSocket, WsSocket>();

/** One object a connection. The listeners are shared: `this` tells them whose event it is. */
class WsSocket implements Socket {
  events: SocketEvents | undefined;

  constructor(readonly webSocket: WebSocket, readonly stream: Duplex) {
    adapters.set(webSocket, this);
    webSocket.on("message", onMessage);
    webSocket.on("pong", onPong);
    webSocket.on("close", onClose);
    webSocket.on("error", onViolation);
  }

  get bufferedAmount(): number {
    return this.webSocket.bufferedAmount;
  }

  send(text: string): void {
    // Written past `ws`, which would make the same frame anew for each of a crowd. It keeps nothing
    // back, since it never compresses, so the order is kept.
    if (this.webSocket.readyState === this.webSocket.OPEN) this.stream.write(frameOf(text));
  }

  close(code: number, reason: string): void {
    this.webSocket.close(code, reason);
  }

  terminate(): void {
    this.webSocket.terminate();
  }

  ping(): boolean {
    if (this.webSocket.readyState === this.webSocket.OPEN) this.webSocket.ping();
    return true;
  }
}

function onMessage(this: WebSocket, data: unknown, binary: boolean): void {
  // `ws` hands over one Buffer, since its binaryType is the default one.
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  adapters.get(this)?.events?.message(new Uint8Array(buffer, byteOffset, byteLength), binary);
}

function onPong(this: WebSocket): void {
  adapters.get(this)?.events?.pong();
}

function onClose(this: WebSocket): void {
  adapters.get(this)?.events?.closed();
}

/**
 * The peer broke the protocol, and `ws` has sent its Close code by itself. It would go on reading, to
 * throw away what comes, as fast as the peer sends; RFC 6455 section 7.1.7 asks us to read no more.
 */
function onViolation(this: WebSocket): void {
  const adapter = adapters.get(this);
  adapter?.events?.violated();
  const stream = adapter?.stream;
  // After `ws` has resumed the stream, which it does in the next tick.
  setTimeout(() => stream?.pause(), 0);
  setTimeout(() => this.terminate(), LINGER_MS);
}

function ignore(): void {}

const encoder = new TextEncoder();
let lastText: string | undefined;
let lastFrame: Uint8Array = new Uint8Array();

/** The octets of an unfragmented text message (RFC 6455 section 5.2). Server frames have no mask. */
function frameOf(text: string): Uint8Array {
  if (text === lastText) return lastFrame;
  const payload = encoder.encode(text);
  const head = headOf(payload.length);
  const frame = new Uint8Array(head.length + payload.length);
  frame.set(head);
  frame.set(payload, head.length);
  [lastText, lastFrame] = [text, frame];
  return frame;
}

function headOf(length: number): number[] {
  if (length < 126) return [0x81, length];
  if (length < 65_536) return [0x81, 126, length >> 8, length & 255];
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(length));
  return [0x81, 127, ...size];
}

/** The request as the handler reads it; undefined when its target or headers are not lawful. */
function toRequest(incoming: IncomingMessage): Request | undefined {
  const { url = "/", headers, method = "GET", socket } = incoming;
  try {
    const request = new Request(new URL(url, "http://localhost"), { method });
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) request.headers.set(name, String(value));
    }
    notePeerAddress(request, socket);
    return request;
  } catch {
    return undefined;
  }
}

/** Sends an ordinary response instead of an upgrade, and ends the connection. */
async function refuse(socket: Duplex, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  headers.set("content-length", String(body.length));
  if (headers.get("connection") === null) headers.set("connection", "close");
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}\r\n${lines}\r\n`,
  );
  socket.end(body);
  // What it goes on sending is thrown away, so that its own end is noticed.
  socket.resume();
}
