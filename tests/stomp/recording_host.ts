import assert from "node:assert/strict";
import {
  Session,
  type SessionHost,
  type SessionInfo,
  type SessionOptions,
  type Subscription,
} from "../../src/stomp/mod.ts";
import { octetLength } from "../../src/stomp/utf8.ts";

/** A frame of the server, taken apart by nothing of what is tested. */
export interface ServerFrame {
  readonly command: string;
  /** As on the wire, escapes and all. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Takes one WebSocket message apart and holds it to what every client in the field can read. */
export function readServerFrame(text: string): ServerFrame {
  assert.equal(text.includes("\r"), false, "LF alone ends lines");
  assert.equal(text.indexOf("\0"), text.length - 1, "one NUL, and nothing behind it");
  const split = text.indexOf("\n\n");
  const [command, ...lines] = text.slice(0, split).split("\n");
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)];
  }));
  assert.equal(headers.size, lines.length, "no header twice");
  const body = text.slice(split + 2, -1);
  assert.equal(Number(headers.get("content-length") ?? 0), octetLength(body));
  return { command: command!, headers, body };
}

/** Does what a test tells it to, and writes down what the session asks of it, in order. */
export class RecordingHost implements SessionHost<string> {
  /** `send MESSAGE`, `close 1002 bad-command`, `subscribe /a` ... */
  readonly log: string[] = [];
  readonly sent: string[] = [];
  readonly faults: unknown[] = [];
  readonly subscriptions: Subscription<string>[] = [];
  /** What was confirmed. */
  readonly stands: string[] = [];
  /** Of the last SUBSCRIBE. */
  subscribeHeaders: ReadonlyMap<string, string> = new Map();
  onAuthenticate: (headers: ReadonlyMap<string, string>) => void | Promise<void> = () => {};
  onConnected: (session: SessionInfo) => void = () => {};
  onSubscribe: (subscription: Subscription<string>) => void | Promise<void> = () => {};
  onSubscribed: (subscription: Subscription<string>) => void = () => {};
  onUnsubscribe: (subscription: Subscription<string>) => void = () => {};
  onSend: (text: string) => void = () => {};

  get frames(): ServerFrame[] {
    return this.sent.map(readServerFrame);
  }

  get last(): ServerFrame {
    const text = this.sent.at(-1);
    assert.ok(text !== undefined, "nothing was sent");
    return readServerFrame(text);
  }

  send(text: string): void {
    this.sent.push(text);
    this.log.push(`send ${text.slice(0, text.indexOf("\n"))}`);
    this.onSend(text);
  }

  close(code: number, reason: string): void {
    this.log.push(`close ${code} ${reason}`.trimEnd());
  }

  authenticate(headers: ReadonlyMap<string, string>): void | Promise<void> {
    this.log.push("authenticate");
    return this.onAuthenticate(headers);
  }

  connected(session: SessionInfo): void {
    this.log.push("connected");
    this.onConnected(session);
  }

  subscribe(
    subscription: Subscription<string>,
    headers: ReadonlyMap<string, string>,
  ): void | Promise<void> {
    this.log.push(`subscribe ${subscription.destination}`);
    this.subscriptions.push(subscription);
    this.subscribeHeaders = headers;
    return this.onSubscribe(subscription);
  }

  subscribed(subscription: Subscription<string>): void {
    this.stands.push(subscription.destination);
    this.onSubscribed(subscription);
  }

  unsubscribe(subscription: Subscription<string>): void {
    this.log.push(`unsubscribe ${subscription.destination}`);
    this.onUnsubscribe(subscription);
  }

  lingering(): void {
    this.log.push("lingering");
  }

  fault(error: unknown): void {
    this.faults.push(error);
  }
}

export const options: SessionOptions = {
  server: "waiting-queue/1.0",
  heartBeatMs: 10_000,
  desiredBeatMs: 60_000,
};

/** A session that awaits CONNECT. */
export function newSession(
  changes: Partial<SessionOptions> = {},
): { host: RecordingHost; session: Session<string> } {
  const host = new RecordingHost();
  return { host, session: new Session(host, { ...options, ...changes }) };
}

/** A session that has sent CONNECTED; what led to it is not in the log. */
export function connectedSession(
  version = "1.2",
  changes: Partial<SessionOptions> = {},
): { host: RecordingHost; session: Session<string> } {
  const made = newSession(changes);
  made.session.receive(`CONNECT\naccept-version:${version}\n\n\0`);
  assert.deepEqual(made.host.log, ["authenticate", "send CONNECTED", "connected"]);
  made.host.log.length = 0;
  made.host.sent.length = 0;
  return made;
}

/** Lets everything run that only waits for promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
