/**
 * From octets to frames. The parser knows nothing of sockets or sessions: octets go in cut anywhere,
 * whole frames come out. A frame that lies whole in one chunk is parsed in place and nothing is
 * kept; of one that does not, only its own octets are kept, and none is looked at twice.
 *
 * @module
 */

import { StompError } from "./error.ts";
import { type Frame, isConnect } from "./frame.ts";
import { readHeaders } from "./headers.ts";
import type { FrameLimits } from "./limits.ts";
import { OctetBuffer } from "./octet_buffer.ts";
import { decodeUtf8 } from "./utf8.ts";
import type { Version } from "./version.ts";

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DELETE = 0x7f;

/** What may stand in place of the length of an end of line: it is none, or its LF is yet to come. */
const NO_END = 0;
const UNDECIDED = -1;

const DIGITS = /^\d+$/;

const NO_HEADERS: ReadonlyMap<string, string> = new Map();
const NO_BODY = new Uint8Array(0);

/** What the next octet belongs to. */
type State = "between" | "command" | "headers" | "body";

/** What the parser goes by. It may change from one frame to the next. */
export interface ParserRules {
  /** How headers are escaped. */
  readonly version: Version;
  readonly limits: FrameLimits;
}

/** After a throw it is of no further use: where the next frame would begin is unknown. */
export class Parser {
  readonly #buffer = new OctetBuffer();
  #state: State = "between";
  /** Places in the buffer: where the frame begins, and what is next to be looked at. */
  #start = 0;
  #scan = 0;
  /** Where the header line under way begins. */
  #line = 0;
  #commandLength = 0;
  #command = "";
  #headers: ReadonlyMap<string, string> = NO_HEADERS;
  #bodyFrom = 0;
  /** What `content-length` says; without it the body ends at the first NUL. */
  #bodyLength: number | undefined;

  /** How many octets of an unfinished frame are kept. Exact once {@linkcode next} has run dry. */
  get buffered(): number {
    return this.#buffer.length - this.#start;
  }

  /** The `receipt` header of the frame under way, as far as it is read: for an error about it. */
  get receipt(): string | undefined {
    return this.#headers.get("receipt");
  }

  /** Takes the next octets. They are only read, and not needed any more once `next` has run dry. */
  push(chunk: Uint8Array): void {
    this.#buffer.append(chunk);
  }

  /**
   * The next whole frame, or `undefined` when more octets are needed.
   *
   * @throws {StompError} `malformed-frame`, `too-large`
   */
  next(rules: ParserRules): Frame | undefined {
    if (this.#state === "between") this.#skipToFrame();
    if (this.#state === "command") this.#readCommand(rules);
    if (this.#state === "headers") this.#readLines(rules);
    const frame = this.#state === "body" ? this.#readBody(rules) : undefined;
    if (frame === undefined) this.#keepRest();
    return frame;
  }

  /** Between frames there may be ends of line, which are heart-beats; stray NULs are let pass. */
  #skipToFrame(): void {
    const { octets, length } = this.#buffer;
    let at = this.#start;
    let skip = 1;
    while (at < length && skip > 0) {
      skip = octets[at] === NUL ? 1 : this.#endOfLine(at);
      if (skip > 0) at += skip;
    }
    this.#start = this.#scan = at;
    if (skip === NO_END) this.#state = "command";
  }

  #readCommand({ limits }: ParserRules): void {
    const { octets, length } = this.#buffer;
    let at = this.#scan;
    while (at < length && isGraphic(octets[at]!)) at++;
    this.#scan = at;
    this.#commandLength = at - this.#start;
    if (this.#commandLength > limits.command) throw new StompError("too-large", "Command too long");
    if (at === length) return;
    const skip = this.#endOfLine(at);
    if (skip === NO_END) throw new StompError("malformed-frame", "Malformed command");
    if (skip === UNDECIDED) return;
    this.#scan = this.#line = at + skip;
    this.#state = "headers";
  }

  /** Goes from line to line to the empty one that ends the headers. */
  #readLines(rules: ParserRules): void {
    while (this.#state === "headers") {
      const skip = this.#scanLine(rules);
      const length = this.#scan - this.#line;
      if (length > rules.limits.headerLine) {
        throw new StompError("too-large", "Header line too long");
      }
      this.#checkSize(this.#scan, rules);
      if (skip === UNDECIDED) return;
      if (length === 0) this.#endHeaders(rules);
      this.#line = this.#scan = this.#scan + skip;
    }
    this.#bodyFrom = this.#scan;
  }

  /**
   * Moves on to the end of the line under way and returns the length of what ends it; stops where
   * the line is too long, so that how the octets are cut does not decide which error there is.
   */
  #scanLine({ limits }: ParserRules): number {
    const { octets, length } = this.#buffer;
    const stop = Math.min(length, this.#line + limits.headerLine + 1, this.#start + limits.frame);
    let at = this.#scan;
    let skip = UNDECIDED;
    for (; at < stop; at++) {
      if (octets[at]! > CR) continue;
      skip = this.#endOfLine(at);
      if (skip !== NO_END) break;
      if (octets[at] === NUL) throw new StompError("malformed-frame", "NUL in a header");
    }
    this.#scan = at;
    return at < stop ? skip : UNDECIDED;
  }

  /** The headers lie between the start of the frame and the empty line: reads them in one go. */
  #endHeaders({ version, limits }: ParserRules): void {
    const text = decodeHead(this.#buffer.octets.subarray(this.#start, this.#line));
    this.#command = text.slice(0, this.#commandLength);
    const headers = new Map<string, string>();
    this.#headers = headers;
    readHeaders(text.slice(text.indexOf("\n") + 1), {
      into: headers,
      // "Value Encoding" exempts CONNECT, whose version is not agreed on yet: read it as 1.0's.
      version: isConnect(this.#command) ? "1.0" : version,
      max: limits.headers,
    });
    this.#bodyLength = parseContentLength(headers.get("content-length"));
    this.#state = "body";
  }

  #readBody(rules: ParserRules): Frame | undefined {
    const { octets, length } = this.#buffer;
    const end = this.#findBodyEnd();
    this.#checkSize(end, rules);
    this.#scan = Math.min(end, length);
    if (end >= length) return undefined;
    if (octets[end] !== NUL) throw new StompError("malformed-frame", "Body without a NUL after it");
    const frame = {
      command: this.#command,
      headers: this.#headers,
      body: end > this.#bodyFrom ? octets.subarray(this.#bodyFrom, end) : NO_BODY,
      octets: end + 1 - this.#start,
    };
    this.#headers = NO_HEADERS;
    this.#state = "between";
    this.#start = end + 1;
    return frame;
  }

  /** May lie beyond what is there. A body with `content-length` may contain NULs. */
  #findBodyEnd(): number {
    if (this.#bodyLength !== undefined) return this.#bodyFrom + this.#bodyLength;
    const { octets, length } = this.#buffer;
    const nul = octets.indexOf(NUL, this.#scan);
    // The buffer may be larger than what counts of it.
    return nul < 0 ? length : Math.min(nul, length);
  }

  /** The length of the end of line at `at`; a lone CR is none and stands nowhere else either. */
  #endOfLine(at: number): number {
    const { octets, length } = this.#buffer;
    if (octets[at] === LF) return 1;
    if (octets[at] !== CR) return NO_END;
    if (at + 1 === length) return UNDECIDED;
    if (octets[at + 1] === LF) return 2;
    throw new StompError("malformed-frame", "Carriage return without a line feed");
  }

  /** @param end Where the NUL is, or the least place where it may come. */
  #checkSize(end: number, { limits }: ParserRules): void {
    if (end + 1 - this.#start > limits.frame) throw new StompError("too-large", "Frame too large");
  }

  #keepRest(): void {
    const dropped = this.#start;
    this.#buffer.keepFrom(dropped);
    this.#start = 0;
    this.#scan -= dropped;
    this.#line -= dropped;
    this.#bodyFrom -= dropped;
  }
}

function isGraphic(octet: number): boolean {
  return octet > SPACE && octet < DELETE;
}

/** Headers "MUST be encoded in UTF-8" (STOMP 1.2, Value Encoding). */
function decodeHead(octets: Uint8Array): string {
  try {
    return decodeUtf8(octets);
  } catch (cause) {
    throw new StompError("malformed-frame", "Headers are not UTF-8", { cause });
  }
}

/** Never trusted: it only says where the NUL has to be, and nothing is allocated for it. */
function parseContentLength(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (!DIGITS.test(header)) throw new StompError("malformed-frame", "Bad content-length");
  return Number(header);
}
