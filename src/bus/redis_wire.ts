/**
 * What stands in a message on a Redis channel: a line with kind, sender and number, then the
 * payload as it is.
 *
 * @module
 */

/**
 * `publish` and `ask` go to the channel of a topic; to the inbox of an isolate go `tell`, `answer` (of
 * one that has the topic), `none` (it has the topic and gave no answer), `absent` (it no longer has
 * the topic) and `probe` (its own, to see that its subscriptions are alive).
 */
export type WireKind = "publish" | "tell" | "ask" | "answer" | "none" | "absent" | "probe";

/** What one message on a channel says. */
export interface WireMessage {
  readonly kind: WireKind;
  readonly from: string;
  /** Of the ask or the probe; of a `tell` the length of its topic; 0 for a publication. */
  readonly n: number;
  /** Of a `tell` its topic and then what is told. */
  readonly payload: string;
}

const HEAD = /^(publish|tell|ask|answer|none|absent|probe) (\S+) (\d+)$/;

/** The longest first line that is looked at. */
const MAX_HEAD = 300;

/** Whether `id` can stand in a message. */
export function isWireId(id: string): boolean {
  return /^\S{1,200}$/.test(id);
}

/** The text of a message. */
export function encodeWire({ kind, from, n, payload }: WireMessage): string {
  return `${kind} ${from} ${n}\n${payload}`;
}

/** The message in `text`; `undefined` when someone else wrote it. */
export function decodeWire(text: string): WireMessage | undefined {
  const end = text.indexOf("\n");
  if (end < 0 || end > MAX_HEAD) return undefined;
  const [, kind, from, n] = HEAD.exec(text.slice(0, end)) ?? [];
  if (!kind || !from) return undefined;
  return { kind: kind as WireKind, from, n: Number(n), payload: text.slice(end + 1) };
}
