/**
 * WebSocket frames as a client sends and reads them (RFC 6455 section 5).
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Opcodes of RFC 6455 section 5.2. */
export const OP = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** No server message is near this; a peer that says otherwise is no waiting queue. */
const MAX_PAYLOAD = 65_535;

/** One WebSocket frame. */
export interface Frame {
  readonly op: number;
  readonly payload: Buffer;
}

/** One whole client frame of up to 65,535 octets. Its mask is zeros: nothing here is secret. */
export function encodeFrame(op: number, payload: string | Uint8Array): Buffer {
  const data = typeof payload === "string" ? Buffer.from(payload) : payload;
  const long = data.length > 125;
  const head = Buffer.alloc(long ? 8 : 6);
  head[0] = 0x80 | op;
  head[1] = 0x80 | (long ? 126 : data.length);
  if (long) head.writeUInt16BE(data.length, 2);
  return Buffer.concat([head, data]);
}

/** Takes frames out of a stream of octets. */
export class FrameReader {
  #rest: Buffer | undefined;

  push(octets: Buffer): void {
    this.#rest = this.#rest ? Buffer.concat([this.#rest, octets]) : octets;
  }

  /** The next frame; undefined until more comes. @throws {Error} it is not one that a client takes. */
  next(): Frame | undefined {
    const rest = this.#rest;
    if (!rest || rest.length < 2) return undefined;
    const [first, second] = [rest[0]!, rest[1]!];
    if (second > 126) throw new Error("a frame that is masked or very long");
    if ((first & 0xf0) !== 0x80) throw new Error("a frame in parts or with an extension");
    const start = second === 126 ? 4 : 2;
    if (rest.length < start) return undefined;
    const length = second === 126 ? rest.readUInt16BE(2) : second;
    const end = start + Math.min(length, MAX_PAYLOAD);
    if (rest.length < end) return undefined;
    this.#rest = rest.length > end ? rest.subarray(end) : undefined;
    return { op: first & 15, payload: rest.subarray(start, end) };
  }
}
