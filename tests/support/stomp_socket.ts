import { RawWebSocket } from "./raw_websocket.ts";

export interface StompFrame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const VISITOR_TOPIC = "/secured/conference/visitor/topic.";
export const STATE_TOPIC = "/secured/conference/state/topic.";

/** The text of a client frame, with its NUL. */
export function frame(
  command: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  return `${command}\n${lines.join("")}\n${body}\0`;
}

/** Reads a server frame, and holds it to docs/protocol.md, Frames: all shipped clients need it. */
export function parse(text: string): StompFrame {
  if (text.includes("\r")) throw new Error("CR in a server frame");
  const end = text.indexOf("\n\n");
  if (end < 0 || !text.endsWith("\0")) throw new Error(`Not one whole frame: ${text}`);
  const [command, ...lines] = text.slice(0, end).split("\n");
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)];
  }));
  return { command: command!, headers, body: text.slice(end + 2, -1) };
}

/** A STOMP 1.2 client of a test: one frame a message, every answer read on demand. */
export class StompSocket implements Disposable {
  private constructor(readonly socket: RawWebSocket) {}

  /** Upgrades and sends CONNECT; `token` undefined sends none. Reads no answer. */
  static async open(
    port: number,
    token: string | undefined,
    headers: Readonly<Record<string, string>> = {},
    path?: string,
  ): Promise<StompSocket> {
    const socket = await RawWebSocket.handshake(port, path === undefined ? {} : { path });
    const stomp = new StompSocket(socket);
    await stomp.send("CONNECT", {
      "accept-version": "1.2",
      "heart-beat": "0,0",
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    });
    return stomp;
  }

  /** {@linkcode open}, and CONNECTED was read. */
  static async connect(
    port: number,
    token: string | undefined,
    headers?: Readonly<Record<string, string>>,
    path?: string,
  ): Promise<StompSocket> {
    const stomp = await StompSocket.open(port, token, headers, path);
    await stomp.expect("CONNECTED");
    return stomp;
  }

  /** A visitor that waits: connected, subscribed, and its RECEIPT read. */
  static async visitor(port: number, token: string, conference: string): Promise<StompSocket> {
    const stomp = await StompSocket.connect(port, token);
    await stomp.subscribe(VISITOR_TOPIC + conference);
    await stomp.expect("RECEIPT");
    return stomp;
  }

  /** A moderator that has asked for the count; the first MESSAGE is not read. */
  static async moderator(port: number, token: string, conference: string): Promise<StompSocket> {
    const stomp = await StompSocket.connect(port, token);
    await stomp.send("SUBSCRIBE", { id: "s0", destination: STATE_TOPIC + conference });
    return stomp;
  }

  send(command: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<void> {
    return this.socket.text(frame(command, headers, body));
  }

  subscribe(destination: string, id = "s0"): Promise<void> {
    return this.send("SUBSCRIBE", { id, destination, receipt: `r-${id}` });
  }

  async read(): Promise<StompFrame> {
    return parse(await this.socket.readText());
  }

  /** The next frame, which must be this command. */
  async expect(command: string): Promise<StompFrame> {
    const got = await this.read();
    if (got.command !== command) throw new Error(`No ${command} but ${JSON.stringify(got)}`);
    return got;
  }

  /** The body of the next MESSAGE. */
  async message(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.expect("MESSAGE")).body);
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]();
  }
}
