import { encodeFrame, OP } from "../../support/raw_websocket.ts";

type Octets = Uint8Array<ArrayBuffer>;

/** What a client sends, and what a strict server answers. */
export interface Case {
  /** As the public test suite for this protocol numbers it. */
  readonly id: string;
  readonly what: string;
  /** Each is one write. */
  readonly send: readonly Octets[];
  /** The messages in it, which come back. */
  readonly messages: readonly string[];
  /** See {@linkcode outcomeOf}. */
  readonly strict: string;
  /** The client says nothing more, not even goodbye (FIN). */
  readonly finish?: boolean;
}

const encoder = new TextEncoder();

export const bytes = (text: string): Octets => encoder.encode(text);

/** Octets as hexadecimal digits; blanks do not count. */
export function hex(digits: string): Octets {
  return Uint8Array.from(digits.replaceAll(" ", "").match(/../g) ?? [], (two) => parseInt(two, 16));
}

/** One write. */
export function together(...frames: readonly Octets[]): Octets {
  const all = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const frame of frames) {
    all.set(frame, at);
    at += frame.length;
  }
  return all;
}

/** Many writes of `size` octets. */
export function chopped(octets: Octets, size: number): Octets[] {
  const parts: Octets[] = [];
  for (let at = 0; at < octets.length; at += size) parts.push(octets.slice(at, at + size));
  return parts;
}

export const text = (payload: string | Octets): Octets => encodeFrame(OP.text, payload);
export const ping = (payload: string | Octets = ""): Octets => encodeFrame(OP.ping, payload);
export const pong = (payload = ""): Octets => encodeFrame(OP.pong, payload);
export const begin = (payload: string | Octets): Octets =>
  encodeFrame(OP.text, payload, { fin: false });
export const more = (payload: string | Octets, fin = false): Octets =>
  encodeFrame(OP.continuation, payload, { fin });

/** A Close with this payload. */
export const close = (payload: Octets): Octets => encodeFrame(OP.close, payload);

/** The payload of a Close. */
export const closing = (code: number, reason = ""): Octets =>
  together(Uint8Array.of(code >> 8, code & 255), bytes(reason));

/** Whoever says goodbye is answered in kind. */
export const GOODBYE = "Close 1000";

/** A case whose messages come back, before the goodbye. */
export function lawful(
  id: string,
  what: string,
  send: readonly Octets[],
  messages: readonly string[],
  answers = messages.map(() => "echo"),
): Case {
  return { id, what, send, messages, strict: [...answers, GOODBYE].join(", ") };
}

/** A case that breaks a rule: what came before it is answered. */
export function unlawful(
  id: string,
  what: string,
  send: readonly Octets[],
  code: number,
  messages: readonly string[] = [],
): Case {
  const strict = [...messages.map(() => "echo"), `Close ${code}`].join(", ");
  return { id, what, send, messages, strict };
}
