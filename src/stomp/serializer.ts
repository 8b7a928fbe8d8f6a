/**
 * The frames that a server sends, each as the text of one WebSocket message. Lines end with LF alone
 * and no frame is padded with more: clients in the field lose a frame otherwise.
 *
 * @module
 */

import type { StompError } from "./error.ts";
import { escapeHeader } from "./escape.ts";
import { octetLength } from "./utf8.ts";
import type { Version } from "./version.ts";

/** What a MESSAGE needs to know of its subscription. */
export interface MessageTarget {
  /** Absent in 1.0 where the SUBSCRIBE had none. */
  readonly id: string | undefined;
  /** Exactly as subscribed. */
  readonly destination: string;
  readonly ack: "auto" | "client" | "client-individual";
}

/** What a MESSAGE says. */
export interface MessageOptions {
  readonly version: Version;
  readonly subscription: MessageTarget;
  /** Unique in the connection. */
  readonly messageId: string;
  /** JSON. */
  readonly body: string;
}

/**
 * A MESSAGE. Equal options give equal text, so a broadcast may encode once for many connections:
 * what differs between them is the version, the subscription and the message id.
 */
export function encodeMessage(options: MessageOptions): string {
  const { version, subscription, messageId, body } = options;
  const { id, destination, ack } = subscription;
  const escape = (text: string) => escapeHeader(text, version);
  return "MESSAGE\n" +
    (id === undefined ? "" : `subscription:${escape(id)}\n`) +
    `message-id:${escape(messageId)}\n` +
    `destination:${escape(destination)}\n` +
    // "If the message is received from a subscription that requires explicit acknowledgment"
    (ack === "auto" ? "" : `ack:${escape(messageId)}\n`) +
    `content-type:application/json\n` +
    `content-length:${octetLength(body)}\n\n${body}\0`;
}

/** What a CONNECTED says. */
export interface ConnectedOptions {
  readonly version: Version;
  readonly session: string;
  readonly server: string | undefined;
  /** What the server can send and wants to get, in milliseconds, as `sx,sy` without a space. */
  readonly heartBeat: string;
}

/** A CONNECTED, which is not escaped in any version (STOMP 1.2, Value Encoding). */
export function encodeConnected(options: ConnectedOptions): string {
  const { version, session, server, heartBeat } = options;
  return `CONNECTED\nversion:${version}\nsession:${session}\n` +
    (server === undefined ? "" : `server:${server}\n`) +
    `heart-beat:${heartBeat}\n\n\0`;
}

/** A RECEIPT for the frame that asked for it by `receiptId`. */
export function encodeReceipt(receiptId: string, version: Version): string {
  return `RECEIPT\nreceipt-id:${escapeHeader(receiptId, version)}\n\n\0`;
}

/** What an ERROR says besides the error. */
export interface ErrorFrameOptions {
  readonly version: Version;
  /** The `receipt` header of the frame that failed. */
  readonly receiptId: string | undefined;
}

/** An ERROR: the last frame of a session. */
export function encodeError(error: StompError, { version, receiptId }: ErrorFrameOptions): string {
  const body = withoutNul(error.detail ?? error.message);
  let head = `ERROR\nmessage:${escapeHeader(oneLine(error.message), version)}\n`;
  if (receiptId !== undefined) head += `receipt-id:${escapeHeader(receiptId, version)}\n`;
  for (const [name, value] of Object.entries(error.headers ?? {})) {
    head += `${escapeHeader(name, version)}:${escapeHeader(oneLine(value), version)}\n`;
  }
  return `${head}content-type:text/plain\ncontent-length:${octetLength(body)}\n\n${body}\0`;
}

/** Whoever wrote the text, it must not end its header: 1.0 has no escapes. */
function oneLine(text: string): string {
  return text.replace(/[\0\r\n]+/g, " ");
}

function withoutNul(text: string): string {
  return text.replaceAll("\0", " ");
}
