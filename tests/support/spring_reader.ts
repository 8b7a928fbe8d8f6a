/**
 * How Spring's STOMP client reads our messages, restated from its StompDecoder, StompHeaderAccessor
 * and StompHeaders (org.springframework.messaging.simp.stomp). Older versions of Jigasi use it.
 *
 * @module
 */

const LF = 10;
const CR = 13;

/** Only these may have a body. */
const COMMANDS: Readonly<Record<string, { readonly body: boolean }>> = {
  CONNECTED: { body: false },
  MESSAGE: { body: true },
  RECEIPT: { body: false },
  ERROR: { body: true },
};

const ESCAPES: Readonly<Record<string, string>> = { r: "\r", n: "\n", c: ":", "\\": "\\" };
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const MIME_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(\\s*;.*)?$`);

export interface SpringFrame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The `heart-beat` header of CONNECTED. */
  readonly heartBeat: readonly [number, number] | undefined;
}

/** Reads one message; undefined for a beat. @throws {Error} Spring would. */
export function readAsSpring(octets: Uint8Array): SpringFrame | undefined {
  const cursor = new Cursor(octets);
  while (cursor.tryEndOfLine());
  const command = cursor.line();
  if (command === "") return undefined;
  const known = COMMANDS[command];
  if (!known) throw new Error(`IllegalArgumentException: ${command}`);
  const headers: Record<string, string> = {};
  for (let line = cursor.line(); line !== ""; line = cursor.line()) {
    const colon = line.indexOf(":");
    if (colon <= 0) throw new Error(`Illegal header: ${line}`);
    // The values of CONNECTED are taken as they are.
    const read = command === "CONNECTED" ? (text: string) => text : unescape;
    headers[read(line.slice(0, colon))] ??= read(line.slice(colon + 1));
  }
  const body = cursor.body(headers["content-length"]);
  if (body !== "" && !known.body) throw new Error(`${command} shouldn't have a payload`);
  const type = headers["content-type"];
  if (type !== undefined && !MIME_TYPE.test(type)) throw new Error(`InvalidMimeType: ${type}`);
  return { command, headers, body, heartBeat: readBeat(headers["heart-beat"]) };
}

class Cursor {
  #position = 0;

  constructor(readonly octets: Uint8Array) {}

  tryEndOfLine(): boolean {
    const octet = this.octets[this.#position];
    if (octet === CR && this.octets[this.#position + 1] !== LF) {
      throw new Error("'\\r' must be followed by '\\n'");
    }
    if (octet !== LF && octet !== CR) return false;
    this.#position += octet === CR ? 2 : 1;
    return true;
  }

  /** The rest of the line; all that is left when there is no end of it. */
  line(): string {
    const start = this.#position;
    let end = start;
    while (end < this.octets.length && !this.tryEndOfLine()) end = ++this.#position;
    return decode(this.octets.subarray(start, end));
  }

  body(contentLength: string | undefined): string {
    const rest = this.octets.subarray(this.#position);
    // A length that is no number is ignored.
    const length = /^[+-]?\d+$/.test(contentLength ?? "") ? Number(contentLength) : rest.indexOf(0);
    if (length < 0 || rest.length <= length) throw new Error("Incomplete frame");
    if (rest[length] !== 0) throw new Error("Frame must be terminated with a null octet");
    if (rest.length > length + 1) throw new Error("More than one frame, or a beat behind it");
    return decode(rest.subarray(0, length));
  }
}

function unescape(text: string): string {
  return text.replace(/\\(.?)/gs, (sequence, letter: string) => {
    const character = ESCAPES[letter];
    if (character === undefined) throw new Error(`Illegal escape sequence: ${sequence}`);
    return character;
  });
}

/** `Long.parseLong` of both parts, which takes no space. */
function readBeat(value: string | undefined): readonly [number, number] | undefined {
  if (value === undefined) return undefined;
  const match = /^([+-]?\d+),([+-]?\d+)$/.exec(value);
  if (!match) throw new Error(`NumberFormatException: ${value}`);
  return [Number(match[1]), Number(match[2])];
}

function decode(octets: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(octets);
}
