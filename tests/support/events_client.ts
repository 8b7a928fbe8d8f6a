/**
 * A client of the events socket, and what a test publishes to it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { post } from "./rest.ts";
import type { Service } from "./service.ts";
import { clientToken, systemToken } from "./tokens.ts";

const MAX_MS = 10_000;

/** What the cases assume where they say nothing else. */
export const USER = "u1";
export const TENANT = "t1";
export const ACL = ["websocketd", "event.foo"];

export interface IdentityOptions {
  readonly user?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly ttlSec?: number;
}

/** The token of the cases: user `u1`, tenant `t1`, any room, and the ACL of the cases. */
export function eventsToken(options: IdentityOptions = {}): Promise<string> {
  const { user = USER, claims, ttlSec } = options;
  return clientToken("*", { id: user }, {
    claims: { sub: TENANT, acl: ACL, ...claims },
    ...(ttlSec !== undefined && { ttlSec }),
  });
}

export interface OpenOptions {
  readonly path?: string;
  readonly token?: string;
  readonly version?: string | number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the query that the others make. */
  readonly query?: string;
}

/** Any JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** One connection; frames are read in order. */
export class EventsClient implements AsyncDisposable {
  /** The frames that came and were not read. */
  readonly frames: string[] = [];
  readonly #socket: WebSocket;
  #close: { code: number; reason: string } | undefined;
  #wake = () => {};

  constructor(origin: string, options: OpenOptions = {}) {
    const { path = "/api/websocketd/", token, version, headers, query } = options;
    const parameters = new URLSearchParams();
    if (token !== undefined) parameters.set("token", token);
    if (version !== undefined) parameters.set("version", String(version));
    const url = `${origin}${path}?${query ?? parameters}`;
    this.#socket = headers ? new WebSocket(url, { headers: { ...headers } }) : new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => {
      this.frames.push(data);
      this.#wake();
    };
    this.#socket.onclose = ({ code, reason }) => {
      this.#close ??= { code, reason };
      this.#wake();
    };
    this.#socket.onerror = (event) => event.preventDefault();
  }

  /** Connects, reads `init`, subscribes and starts. */
  static async started(
    service: Service,
    names: readonly string[] = ["foo"],
    options: OpenOptions = {},
  ): Promise<EventsClient> {
    const client = await EventsClient.greeted(service, options);
    await client.subscribe(...names);
    client.op("start");
    assert.equal((await client.read())["op"], "start");
    return client;
  }

  /** Connects and reads `init`. */
  static async greeted(service: Service, options: OpenOptions = {}): Promise<EventsClient> {
    const token = options.token ?? await eventsToken();
    const client = new EventsClient(service.ws, { ...options, token });
    assert.equal((await client.read())["op"], "init");
    return client;
  }

  /** Subscribes, and reads the answers. */
  async subscribe(...names: readonly string[]): Promise<void> {
    for (const event_name of names) {
      this.op("subscribe", { event_name });
      assert.equal((await this.read())["op"], "subscribe");
    }
  }

  op(op: string, data?: Json): void {
    this.send(JSON.stringify({ op, ...(data && { data }) }));
  }

  send(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(frame);
  }

  /** The next frame. @throws {Error} there is none: it was closed. */
  async text(): Promise<string> {
    await this.#until(() => this.frames.length > 0 || this.#close !== undefined);
    const frame = this.frames.shift();
    if (frame === undefined) throw new Error(`Closed with ${JSON.stringify(this.#close)}`);
    return frame;
  }

  async read(): Promise<Json> {
    return JSON.parse(await this.text());
  }

  /** The next event of this name that `is` accepts; other frames are left to be read. */
  async event(name: string, is: (event: Json) => boolean = () => true): Promise<Json> {
    for (let seen = 0;;) {
      await this.#until(() => this.frames.length > seen || this.#close !== undefined);
      const text = this.frames[seen];
      if (text === undefined) throw new Error(`Closed with ${JSON.stringify(this.#close)}`);
      const frame = JSON.parse(text);
      const event = frame["op"] === "event" ? frame["data"] : frame;
      if (event["name"] === name && is(event)) {
        this.frames.splice(seen, 1);
        return event;
      }
      seen++;
    }
  }

  /** How it was closed by the service. */
  async closed(): Promise<{ code: number; reason: string }> {
    await this.#until(() => this.#close !== undefined);
    return this.#close!;
  }

  /** Closed with this code, and no frame is left unread. */
  async refused(code: number, reason?: string): Promise<void> {
    const close = await this.closed();
    assert.equal(close.code, code, `${JSON.stringify(close)} ${this.frames}`);
    if (reason !== undefined) assert.equal(close.reason, reason);
    assert.deepEqual(this.frames, []);
  }

  get open(): boolean {
    return this.#close === undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#until(() => this.#socket.readyState === WebSocket.CLOSED);
  }

  async #until(holds: () => boolean): Promise<void> {
    const end = performance.now() + MAX_MS;
    while (!holds()) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`Nothing came within ${MAX_MS} ms`);
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, Math.min(left, 100));
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
    }
  }
}

/** The event of the cases, and whom it is for. */
export const EVENT: Json = { name: "foo", required_acl: "event.foo" };
export const FOR_USER: Json = { [`user_uuid:${USER}`]: true, tenant_uuid: TENANT };

/** Publishes an event; it must be taken. Resolves with the answer. */
export async function publish(
  service: Service,
  event: Json = EVENT,
  headers: Json = FOR_USER,
  token?: string,
): Promise<Json> {
  const authorization = `Bearer ${token ?? await systemToken()}`;
  const response = await post(service, "/events", { event, headers }, authorization);
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body;
}

let markers = 0;

/** That nothing has come: an event that must arrive is the next frame of each. */
export async function nothing(
  service: Service,
  ...clients: readonly EventsClient[]
): Promise<void> {
  const event = { name: "foo", required_acl: null, marker: ++markers };
  await publish(service, event, { "user_uuid:*": true, tenant_uuid: TENANT });
  for (const client of clients) {
    const frame = await client.read();
    assert.deepEqual(frame["op"] === "event" ? frame["data"] : frame, event);
  }
}
