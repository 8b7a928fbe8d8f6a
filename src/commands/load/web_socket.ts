import type { Buffer } from "node:buffer";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, rootCertificates } from "node:tls";
import { encodeFrame, FrameReader, OP } from "./frames.ts";
import type { Job } from "./job.ts";

/** What a connection tells whoever holds it. */
export interface ConnectionEvents {
  opened(): void;
  message(text: string): void;
  /** Once, and nothing after it. */
  ended(reason: string): void;
}

const END_OF_HEAD = "\r\n\r\n";
/** No answer to an upgrade is longer. */
const MAX_HEAD = 16_384;

/**
 * A WebSocket client that costs little enough to be held by the ten thousand, and can choose the
 * address that it connects from. It takes what the waiting queue sends and no more.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #reader: FrameReader | undefined;
  #head = "";
  #ended = false;

  constructor(job: Job, events: ConnectionEvents) {
    this.#events = events;
    this.#socket = open(job, () => this.#upgrade(job));
    this.#socket.on("data", (octets: Buffer) => this.#receive(octets));
    this.#socket.on("error", (error: Error) => this.#end(reasonOf(error)));
    this.#socket.on("close", () => this.#end("the connection was closed without a word"));
  }

  send(text: string): void {
    this.#socket.write(encodeFrame(OP.text, text));
  }

  /** Says goodbye and ends; nothing is told of it. */
  close(): void {
    this.#ended = true;
    this.#socket.end(encodeFrame(OP.close, new Uint8Array([0x03, 0xe8])));
    this.#socket.destroySoon();
  }

  #upgrade({ host, port, path }: Job): void {
    const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
    const name = host.includes(":") ? `[${host}]` : host;
    this.#socket.setNoDelay(true);
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${name}:${port}\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  }

  #receive(octets: Buffer): void {
    if (this.#ended) return;
    try {
      if (this.#reader) this.#read(octets);
      else this.#readHead(octets);
    } catch (error) {
      this.#end(`not a waiting queue: ${reasonOf(error)}`);
    }
  }

  #readHead(octets: Buffer): void {
    this.#head += octets.toString("latin1");
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end < 0) {
      if (this.#head.length > MAX_HEAD) throw new Error("an endless answer to the upgrade");
      return;
    }
    const status = /^HTTP\/1\.1 (\d{3})/.exec(this.#head)?.[1];
    if (status !== "101") return this.#end(`the upgrade was answered with ${status ?? "no HTTP"}`);
    const rest = octets.subarray(octets.length - (this.#head.length - end - END_OF_HEAD.length));
    this.#head = "";
    this.#reader = new FrameReader();
    this.#events.opened();
    this.#read(rest);
  }

  #read(octets: Buffer): void {
    this.#reader!.push(octets);
    for (let frame = this.#reader!.next(); frame && !this.#ended; frame = this.#reader!.next()) {
      const { op, payload } = frame;
      if (op === OP.ping) this.#socket.write(encodeFrame(OP.pong, payload));
      else if (op === OP.text || op === OP.binary) this.#events.message(payload.toString());
      else if (op === OP.close) this.#end(`closed with ${closeCode(payload)}`);
    }
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    this.#events.ended(reason);
  }
}

function open({ host, port, secure, ca, localAddress }: Job, opened: () => void): Socket {
  const options = { host, port, ...(localAddress && { localAddress, family: 4 }) };
  if (!secure) return connectTcp(options, opened);
  const trust = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  return connectTls({ ...options, servername: host, ...trust }, opened);
}

function closeCode(payload: Buffer): string {
  return payload.length < 2 ? "no code" : String(payload.readUInt16BE(0));
}

/** Without the address: a thousand failures of a kind shall count as one kind. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === "string" ? code : String(message);
}
