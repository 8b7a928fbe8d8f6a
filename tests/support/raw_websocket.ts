/**
 * A WebSocket client that sends exactly the octets that a test wants, lawful or not (RFC 6455).
 *
 * @module
 */

export const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface RawFrame {
  readonly op: number;
  readonly fin: boolean;
  readonly payload: Uint8Array;
}

export interface HandshakeOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answer pings, as every browser does. Default true. */
  readonly pong?: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The octets of one client frame. */
export function encodeFrame(
  op: number,
  payload: string | Uint8Array,
  { fin = true, mask = true, rsv = 0 }: { fin?: boolean; mask?: boolean; rsv?: number } = {},
): Uint8Array<ArrayBuffer> {
  const data = typeof payload === "string" ? encoder.encode(payload) : payload;
  const long = data.length > 65_535 ? 8 : data.length > 125 ? 2 : 0;
  const out = new Uint8Array(2 + long + (mask ? 4 : 0) + data.length);
  const view = new DataView(out.buffer);
  out[0] = (fin ? 0x80 : 0) | (rsv << 4) | op;
  out[1] = (mask ? 0x80 : 0) | (long === 8 ? 127 : long === 2 ? 126 : data.length);
  if (long === 2) view.setUint16(2, data.length);
  if (long === 8) view.setBigUint64(2, BigInt(data.length));
  // A mask of zeros is a lawful mask.
  out.set(data, 2 + long + (mask ? 4 : 0));
  return out;
}

/** One connection. Frames are read one by one; pings are answered on the way unless told not to. */
export class RawWebSocket implements Disposable {
  /** The head of the answer to the upgrade. */
  head = "";
  readonly #conn: Deno.Conn;
  readonly #pong: boolean;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();

  private constructor(conn: Deno.Conn, pong: boolean) {
    this.#conn = conn;
    this.#pong = pong;
  }

  /** Sends an upgrade and reads the head of the answer, whatever that is. */
  static async handshake(port: number, options: HandshakeOptions = {}): Promise<RawWebSocket> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const socket = new RawWebSocket(conn, options.pong ?? true);
    const headers = {
      Host: `127.0.0.1:${port}`,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
      ...options.headers,
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const path = options.path ?? "/visitor/websocket";
    await socket.write(encoder.encode(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`));
    await socket.#readHead();
    return socket;
  }

  get status(): number {
    return Number(this.head.split(" ")[1]);
  }

  header(name: string): string | undefined {
    const line = this.head.split("\r\n")
      .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    return line?.slice(name.length + 1).trim();
  }

  async write(octets: Uint8Array): Promise<void> {
    for (let sent = 0; sent < octets.length;) sent += await this.#conn.write(octets.subarray(sent));
  }

  text(payload: string): Promise<void> {
    return this.write(encodeFrame(OP.text, payload));
  }

  binary(payload: string | Uint8Array): Promise<void> {
    return this.write(encodeFrame(OP.binary, payload));
  }

  closeWith(code: number): Promise<void> {
    return this.write(encodeFrame(OP.close, new Uint8Array([code >> 8, code & 255])));
  }

  /** The next frame that is not a ping; undefined when the server has ended the connection. */
  async read(): Promise<RawFrame | undefined> {
    for (;;) {
      const frame = await this.#readFrame();
      if (frame?.op !== OP.ping) return frame;
      if (this.#pong) await this.write(encodeFrame(OP.pong, frame.payload)).catch(() => {});
    }
  }

  /** The next text message; fails on anything else. Beats are passed over. */
  async readText(): Promise<string> {
    for (;;) {
      const frame = await this.read();
      if (frame?.op !== OP.text) throw new Error(`No text message but ${describe(frame)}`);
      const text = decoder.decode(frame.payload);
      if (text !== "\n") return text;
    }
  }

  /** The code of the server's Close; undefined when it ends without one. Messages are passed over. */
  async readClose(): Promise<number | undefined> {
    for (let frame = await this.read(); frame; frame = await this.read()) {
      if (frame.op === OP.close) return closeCode(frame);
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // Closed by the test.
    }
  }

  async #readHead(): Promise<void> {
    while (!decoder.decode(this.#rest).includes("\r\n\r\n")) if (!await this.#fill()) break;
    const text = decoder.decode(this.#rest);
    const end = text.indexOf("\r\n\r\n");
    this.head = text.slice(0, end);
    this.#rest = this.#rest.slice(encoder.encode(text.slice(0, end + 4)).length);
  }

  async #readFrame(): Promise<RawFrame | undefined> {
    const head = await this.#take(2);
    if (!head) return undefined;
    let length = head[1]! & 127;
    if (length === 126) length = new DataView((await this.#take(2))!.buffer).getUint16(0);
    else if (length === 127) {
      length = Number(new DataView((await this.#take(8))!.buffer).getBigUint64(0));
    }
    const payload = await this.#take(length);
    return payload && { op: head[0]! & 15, fin: (head[0]! & 0x80) !== 0, payload };
  }

  async #take(length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#rest.length < length) if (!await this.#fill()) return undefined;
    const taken = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return taken;
  }

  async #fill(): Promise<boolean> {
    const chunk = new Uint8Array(16_384);
    const read = await this.#conn.read(chunk).catch(() => null);
    if (read === null) return false;
    const joined = new Uint8Array(this.#rest.length + read);
    joined.set(this.#rest);
    joined.set(chunk.subarray(0, read), this.#rest.length);
    this.#rest = joined;
    return true;
  }
}

export function closeCode({ payload }: RawFrame): number | undefined {
  return payload.length < 2 ? undefined : payload[0]! * 256 + payload[1]!;
}

function describe(frame: RawFrame | undefined): string {
  if (!frame) return "the end";
  const code = frame.op === OP.close ? closeCode(frame) : "";
  return `opcode ${frame.op} ${code} ${decoder.decode(frame.payload)}`;
}
