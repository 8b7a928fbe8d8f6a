import {
  closeCode,
  encodeFrame,
  type HandshakeOptions,
  OP,
  type RawFrame,
  RawWebSocket,
} from "../support/raw_websocket.ts";
import { frame } from "../support/stomp_socket.ts";
import type { Peer } from "./peer.ts";

/** How long nothing must have come before a server counts as silent. */
const SILENCE_MS = 5_000;
/** What a server does with a frame may end the connection only after its answer. */
const SECOND_LOOK_MS = 1_000;

/** A frame of a server, whatever its state. Header values are as they were sent. */
export interface Answer {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a server did: a frame, or how it ended the connection, or nothing for a while. */
export type Event =
  | { readonly kind: "frame"; readonly answer: Answer }
  | { readonly kind: "close"; readonly code: number | undefined }
  | { readonly kind: "pong" | "end" | "silence" };

/** One connection to a peer, of which every answer is put into words. */
export class Dialogue implements Disposable {
  private constructor(readonly peer: Peer, readonly socket: RawWebSocket) {}

  /** Upgrades, and sends nothing yet. */
  static async open(peer: Peer, options: HandshakeOptions = {}): Promise<Dialogue> {
    return new Dialogue(peer, await RawWebSocket.handshake(peer.port, options));
  }

  /** A session of this version, its CONNECTED read. */
  static async connected(peer: Peer, version = "1.2"): Promise<Dialogue> {
    const dialogue = await Dialogue.open(peer);
    await dialogue.socket.text(connectFrame(peer, { "accept-version": version }));
    const event = await dialogue.next();
    if (event.kind !== "frame" || event.answer.command !== "CONNECTED") {
      throw new Error(`No CONNECTED but ${describe(event)}`);
    }
    return dialogue;
  }

  /** What comes next, beats left out. */
  async next(): Promise<Event> {
    for (;;) {
      const read = await this.#read();
      if (read === "silence") return { kind: "silence" };
      if (!read) return { kind: "end" };
      if (read.op === OP.close) return { kind: "close", code: closeCode(read) };
      if (read.op === OP.pong) return { kind: "pong" };
      const answer = parse(new TextDecoder().decode(read.payload));
      if (answer) return { kind: "frame", answer };
    }
  }

  /** The next answer. @throws {Error} it is none. */
  async answer(): Promise<Answer> {
    const event = await this.next();
    if (event.kind !== "frame") throw new Error(`No frame but ${describe(event)}`);
    return event.answer;
  }

  /** The headers `names` of the next answer, in words; those that are missing as `none`. */
  async headers(...names: string[]): Promise<string> {
    const event = await this.next();
    if (event.kind !== "frame") return describe(event);
    const { command, headers } = event.answer;
    const words = names.map((name) => `${name} ${quote(headers[name])}`);
    return [command, ...words].join(", ");
  }

  /** Sends `text` in one message; then see {@linkcode outcome}. */
  async after(text: string): Promise<string> {
    await this.socket.text(text);
    return await this.outcome();
  }

  /**
   * Everything that comes until the connection ends, in words; `goes on` where it still subscribes.
   */
  async outcome(): Promise<string> {
    const destination = this.peer.destination();
    const probe = frame("SUBSCRIBE", { id: "probe", destination, receipt: "probe" });
    // Where the server has ended it meanwhile, that is what is read next.
    await this.socket.text(probe).catch(() => {});
    const words: string[] = [];
    for (;;) {
      const event = await this.next();
      if (event.kind === "frame" && event.answer.headers["receipt-id"] === "probe") {
        words.push(event.answer.command === "RECEIPT" ? "goes on" : "the next frame is refused");
      } else words.push(describe(event));
      if (event.kind !== "frame" || words.at(-1) === "goes on") return words.join(", ");
    }
  }

  /**
   * Everything that comes until the connection ends, in words. A server that has let the client in or
   * refused a frame, and answers a ping thereafter and another a while later, does not end it.
   */
  async toEnd(): Promise<string> {
    const words: string[] = [];
    for (let pongs = 0;;) {
      const event = await this.next();
      if (event.kind === "pong" && ++pongs === 1) {
        await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
        await this.#ping();
        continue;
      }
      words.push(event.kind === "pong" ? "stays open" : describe(event));
      if (event.kind !== "frame") return words.join(", ");
      const { command } = event.answer;
      if (command === "CONNECTED" || command === "ERROR") await this.#ping();
    }
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]();
  }

  /** Where the server has ended it meanwhile, that is what is read next. */
  async #ping(): Promise<void> {
    await this.socket.write(encodeFrame(OP.ping, "")).catch(() => {});
  }

  async #read(): Promise<RawFrame | undefined | "silence"> {
    const silence = Promise.withResolvers<"silence">();
    const timer = setTimeout(() => silence.resolve("silence"), SILENCE_MS);
    try {
      return await Promise.race([this.socket.read(), silence.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A CONNECT that is let in; `headers` may change anything of it. */
export function connectFrame(peer: Peer, headers: Readonly<Record<string, string>> = {}): string {
  return frame("CONNECT", { "accept-version": "1.2", ...peer.account, ...headers });
}

/** An event in a word or two. */
export function describe(event: Event): string {
  if (event.kind === "frame") {
    const receipt = event.answer.headers["receipt-id"];
    return event.answer.command + (receipt === undefined ? "" : ` ${receipt}`);
  }
  if (event.kind === "close") return `Close ${event.code ?? "without a code"}`;
  return event.kind;
}

/** Text as it can be told from no text. */
export function quote(text: string | undefined): string {
  return text === undefined ? "none" : JSON.stringify(text);
}

function parse(message: string): Answer | undefined {
  const text = message.replace(/^\n+/, "").replace(/\0\n*$/, "");
  if (text === "") return undefined;
  const end = text.indexOf("\n\n");
  const [command, ...lines] = text.slice(0, end).split("\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon)] ??= line.slice(colon + 1);
  }
  return { command: command!, headers, body: text.slice(end + 2) };
}
