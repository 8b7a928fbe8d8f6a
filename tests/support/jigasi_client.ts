/**
 * Jigasi's client of the queue, restated: its WebsocketClient (org.jitsi.jigasi.visitor).
 *
 * @module
 */

import { Changes } from "./changes.ts";
import { readAsJigasi, readLive } from "./jigasi_reader.ts";
import { closeCode, OP, type RawFrame, RawWebSocket } from "./raw_websocket.ts";

export interface JigasiOptions {
  readonly port: number;
  readonly roomJid: string;
  readonly token: () => Promise<string>;
  /** Both beats, and the longest pause before it comes back. Shipped: 15000 and 5000. */
  readonly beatMs?: number;
  readonly reconnectMs?: number;
}

/** A SIP caller who waits. Everything that happens is logged in words. */
export class JigasiClient implements AsyncDisposable {
  readonly log: string[] = [];
  beats = 0;
  readonly #options: JigasiOptions;
  readonly #changes = new Changes();
  readonly #reads: Promise<void>[] = [];
  readonly #stack = new DisposableStack();
  #socket: RawWebSocket | undefined;
  #lastActivity = 0;
  #outgoing: number;
  #incoming: number;
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(options: JigasiOptions) {
    this.#options = options;
    this.#outgoing = this.#incoming = options.beatMs ?? 15_000;
  }

  async connect(): Promise<void> {
    const socket = await RawWebSocket.handshake(this.#options.port, {
      path: "/waiting-queue/visitor/websocket",
    });
    this.#socket = this.#stack.use(socket);
    this.#reads.push(this.#read(socket));
    const beats = `${this.#outgoing},${this.#incoming}`;
    await this.#send(
      `CONNECT\naccept-version:1.2,1.1,1.0\nheart-beat:${beats}\n` +
        `Authorization:Bearer ${await this.#options.token()}\n\n\0`,
    );
  }

  count(what: string): number {
    return this.log.filter((entry) => entry.startsWith(what)).length;
  }

  until(is: () => boolean): Promise<void> {
    return this.#changes.until(is, () => this.log);
  }

  logged(what: string): Promise<void> {
    return this.until(() => this.count(what) > 0);
  }

  /** Beats as its timer would, which the service asks for once a minute. */
  async ping(): Promise<void> {
    await this.#socket?.binary("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopTimers();
    this.#stack.dispose();
    await Promise.all(this.#reads);
  }

  async #read(socket: RawWebSocket): Promise<void> {
    for (let frame = await socket.read(); frame; frame = await socket.read()) {
      if (frame.op === OP.close) {
        // It does not come back after a close: only after silence or an error.
        this.#note(`closed ${closeCode(frame)}`);
        return socket[Symbol.dispose]();
      }
      try {
        this.#receive(frame);
      } catch (error) {
        this.#note(`fault: ${error}`);
      }
    }
  }

  #receive({ op, fin, payload }: RawFrame): void {
    if (op !== OP.text || !fin) throw new Error(`No handler for opcode ${op}, fin ${fin}`);
    this.#lastActivity = performance.now();
    const frame = readAsJigasi(new TextDecoder().decode(payload));
    if (!frame) {
      this.beats++;
      return this.#changes.wake();
    }
    const { command, heartBeat, body } = frame;
    if (heartBeat) {
      this.#outgoing = heartBeat[1] && Math.max(this.#outgoing, heartBeat[1]);
      this.#incoming = heartBeat[0] && Math.max(this.#incoming, heartBeat[0]);
    }
    if (command === "CONNECTED") this.#connected();
    else if (command === "MESSAGE") this.#told(body);
    else this.#note(`unknown command: ${command}`);
  }

  #connected(): void {
    this.#note(`connected ${this.#outgoing},${this.#incoming}`);
    const silence = () => {
      if (performance.now() - this.#lastActivity <= this.#incoming * 2) return;
      this.#note("silence");
      this.#reconnect();
    };
    if (this.#outgoing > 0) this.#timers.push(setInterval(() => this.ping(), this.#outgoing));
    if (this.#incoming > 0) this.#timers.push(setInterval(silence, this.#incoming));
    const destination = `/secured/conference/visitor/topic.${this.#options.roomJid}`;
    this.#send(`SUBSCRIBE\ndestination:${destination}\nid:1\n\n\0`);
  }

  #told(body: string): void {
    const delay = readLive(body);
    if (delay === undefined) return;
    this.#note(`told ${body}`);
    this.#disconnect();
    this.#timers.push(setTimeout(() => this.#note("joined"), Math.random() * delay));
  }

  #reconnect(): void {
    this.#disconnect();
    const delay = Math.random() * (this.#options.reconnectMs ?? 5_000);
    this.#timers.push(setTimeout(() => this.#connectAgain(), delay));
  }

  async #connectAgain(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      this.#note(`error: ${error}`);
      this.#reconnect();
    }
  }

  /** Closes the socket; there is no DISCONNECT. */
  #disconnect(): void {
    this.#stopTimers();
    this.#socket?.closeWith(1000).catch(() => {});
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  #send(text: string): Promise<void> {
    return this.#socket!.text(text);
  }

  #note(entry: string): void {
    this.log.push(entry);
    this.#changes.wake();
  }
}
