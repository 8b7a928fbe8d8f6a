/**
 * A TCP peer that sends any octets in any pieces, and whose answers are looked at when it is over.
 *
 * @module
 */

import type { RawFrame } from "./raw_websocket.ts";

/** More than any test has to be told. */
const MAX_RECEIVED = 16 * 1024 * 1024;

const encoder = new TextEncoder();

/** The head of an upgrade request. */
export function upgradeHead(port: number, path = "/visitor/websocket"): Uint8Array<ArrayBuffer> {
  return encoder.encode(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Version: 13\r\n\r\n",
  );
}

/** One TCP connection whose every octet is kept. */
export class RawPeer implements Disposable {
  readonly #conn: Deno.TcpConn;
  /** Everything that came, once the server has ended the connection. */
  readonly received: Promise<Uint8Array<ArrayBuffer>>;
  readonly #wakeups = new Set<() => void>();
  #chunks: Uint8Array[] = [];
  #length = 0;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.received = this.#readAll();
  }

  static async open(port: number): Promise<RawPeer> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new RawPeer(conn);
  }

  /** How many octets have come. */
  get length(): number {
    return this.#length;
  }

  /** Sends octets; false when the server has ended the connection. */
  async write(octets: Uint8Array): Promise<boolean> {
    try {
      for (let at = 0; at < octets.length;) at += await this.#conn.write(octets.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** Says that nothing more will be sent (FIN), and goes on reading. */
  async finish(): Promise<void> {
    await this.#conn.closeWrite().catch(() => {});
  }

  /** Resolves with what has come, as text, once it contains `text` or the connection has ended. */
  async until(text: string): Promise<string> {
    let ended = false;
    const end = this.received.then(() => void (ended = true));
    for (;;) {
      const all = new TextDecoder().decode(join(this.#chunks, this.#length));
      if (ended || all.includes(text)) return all;
      await Promise.race([end, new Promise<void>((resolve) => this.#wakeups.add(resolve))]);
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // Closed by the reading, or before.
    }
  }

  async #readAll(): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = new Uint8Array(65_536);
    while (this.#length < MAX_RECEIVED) {
      const read = await this.#conn.read(chunk).catch(() => null);
      if (read === null) break;
      this.#chunks.push(chunk.slice(0, read));
      this.#length += read;
      for (const wake of this.#wakeups) wake();
      this.#wakeups.clear();
    }
    return join(this.#chunks, this.#length);
  }
}

/** What a server sent: the head of its answer, and frames after a 101. */
export interface Received {
  readonly status: number;
  readonly frames: readonly RawFrame[];
  /** Octets of a frame that never became whole. */
  readonly rest: number;
}

/** Reads everything that a server sent on one connection. @throws {Error} a frame is masked. */
export function readReceived(octets: Uint8Array<ArrayBuffer>): Received {
  const text = new TextDecoder("latin1").decode(octets);
  const status = Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1] ?? 0);
  const frames: RawFrame[] = [];
  let at = status === 101 ? text.indexOf("\r\n\r\n") + 4 : octets.length;
  for (;;) {
    const [frame, length] = readFrame(octets.subarray(at));
    if (!frame) break;
    frames.push(frame);
    at += length;
  }
  return { status, frames, rest: octets.length - at };
}

function readFrame(octets: Uint8Array<ArrayBuffer>): [RawFrame | undefined, number] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const short = octets.length < 2 ? 0 : octets[1]! & 127;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (octets.length < head) return [undefined, 0];
  if (octets[1]! & 128) throw new Error("A server's frame is masked");
  const length = short === 126
    ? view.getUint16(2)
    : short === 127
    ? Number(view.getBigUint64(2))
    : short;
  if (octets.length < head + length) return [undefined, 0];
  const payload = octets.slice(head, head + length);
  return [{ op: octets[0]! & 15, fin: (octets[0]! & 128) !== 0, payload }, head + length];
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
