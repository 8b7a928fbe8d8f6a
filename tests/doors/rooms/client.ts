/**
 * Clients of the rooms door: those that sign by Hawk, guests with Basic, and whoever brings a JWT.
 *
 * @module
 */

import assert from "node:assert/strict";
import { credentialsOf } from "../../../src/doors/rooms/hawk/session_token.ts";
import { type HawkArtifacts, hawkClient, type HawkKey } from "../../support/hawk.ts";

export type Send = (request: Request) => Response | Promise<Response>;

export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
  readonly text: string;
  readonly headers: Headers;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The text of the body as it is sent; by default the body in JSON. */
  readonly text?: string;
}

export interface HawkOptions extends RequestOptions {
  /** Milliseconds by which the client's clock is ahead. */
  readonly ahead?: number;
  readonly nonce?: string;
  /** What the hash is made of; by default the text of the body, `null`: no hash. */
  readonly hashed?: string | null;
  /** Whether `Server-Authorization` is checked; it is unless said otherwise. */
  readonly verify?: boolean;
  readonly contentType?: string;
}

/** Where requests go, and from which moment the clients have their time. */
export class Target {
  constructor(readonly base: string, readonly send: Send, readonly now: () => number = Date.now) {}

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const text = options.text ?? (options.body === undefined ? "" : JSON.stringify(options.body));
    const headers = {
      ...(text !== "" && { "content-type": "application/json; charset=utf-8" }),
      ...options.headers,
    };
    const request = new Request(this.base + path, {
      method,
      headers,
      ...(text !== "" && { body: text }),
    });
    const response = await this.send(request);
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text: answer,
      body: answer === "" ? undefined : JSON.parse(answer),
    };
  }

  /** A new session; with a token as its user. */
  async register(bearer?: string, push?: Record<string, string>): Promise<Device> {
    const answer = await this.request("POST", "/registration", {
      ...(push && { body: { simplePushURLs: push } }),
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.text, "");
    return new Device(this, answer.headers.get("hawk-session-token")!);
  }

  guest(sessionToken?: string): Guest {
    return new Guest(this, sessionToken);
  }
}

/** Who knows how to act in a room. */
abstract class Actor {
  abstract call(method: string, path: string, options?: RequestOptions): Promise<Answer>;

  act(room: string, action: string, fields: Record<string, unknown> = {}): Promise<Answer> {
    return this.call("POST", `/rooms/${room}`, { body: { action, ...fields } });
  }

  join(room: string, clientMaxSize = 2, displayName = "somebody"): Promise<Answer> {
    return this.act(room, "join", { displayName, clientMaxSize });
  }

  status(room: string, report: Record<string, unknown> = REPORT): Promise<Answer> {
    return this.act(room, "status", report);
  }
}

export const REPORT = {
  event: "Session.connectionCreated",
  state: "waiting",
  connections: 1,
  sendStreams: 0,
  recvStreams: 0,
};

/** A session. Every answer is checked by the reference client. */
export class Device extends Actor {
  readonly key: HawkKey;

  constructor(readonly target: Target, readonly token: string, key?: Partial<HawkKey>) {
    super();
    this.key = { ...credentialsOf(token), algorithm: "sha256", ...key };
  }

  async call(method: string, path: string, options: HawkOptions = {}): Promise<Answer> {
    const text = options.text ?? (options.body === undefined ? "" : JSON.stringify(options.body));
    const { artifacts, header } = this.sign(method, path, { ...options, text });
    const answer = await this.target.request(method, path, {
      ...options,
      text,
      headers: {
        ...(options.contentType && { "content-type": options.contentType }),
        authorization: header,
        ...options.headers,
      },
    });
    if (options.verify ?? answer.status !== 401) this.verify(answer, artifacts);
    return answer;
  }

  sign(
    method: string,
    path: string,
    { text = "", ahead = 0, nonce, hashed, contentType }: HawkOptions & { text?: string } = {},
  ): { header: string; artifacts: HawkArtifacts } {
    const payload = hashed === undefined ? text : hashed;
    return hawkClient.header(this.target.base + path, method, {
      credentials: this.key,
      timestamp: Math.floor((this.target.now() + ahead) / 1_000),
      ...(payload !== null && payload !== "" && { payload }),
      ...(payload && { contentType: contentType ?? "application/json" }),
      ...(nonce !== undefined && { nonce }),
    });
  }

  verify(answer: Answer, artifacts: HawkArtifacts): void {
    const response = { headers: Object.fromEntries(answer.headers) };
    hawkClient.authenticate(response, this.key, artifacts, {
      payload: answer.text,
      required: true,
    });
  }

  /** Makes a room, by default the one of the cases, and gives its token. */
  async create(fields: Record<string, unknown> = {}): Promise<string> {
    const answer = await this.call("POST", "/rooms", { body: { ...ROOM, ...fields } });
    assert.equal(answer.status, 201, answer.text);
    return answer.body.roomToken;
  }
}

export const ROOM = { roomOwner: "O", roomName: "UX talk", maxSize: 3, expiresIn: 10 };

/** Without a session: nobody until it has joined. */
export class Guest extends Actor {
  constructor(readonly target: Target, public sessionToken: string | undefined) {
    super();
  }

  call(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const authorization = this.sessionToken === undefined
      ? undefined
      : `Basic ${btoa(`${this.sessionToken}:`)}`;
    return this.target.request(method, path, {
      ...options,
      headers: { ...(authorization && { authorization }), ...options.headers },
    });
  }

  /** Joins, and is somebody from then on. */
  override async join(room: string, clientMaxSize = 2, displayName = "guest"): Promise<Answer> {
    const answer = await super.join(room, clientMaxSize, displayName);
    if (answer.status === 200) this.sessionToken = answer.body.sessionToken;
    return answer;
  }
}

/** Status, errno and text of an error, as the cases write them. */
export function errorOf({ status, body }: Answer): [number, number, string] {
  assert.deepEqual(Object.keys(body).sort(), ["code", "errno", "error"]);
  assert.equal(body.code, status);
  return [status, body.errno, body.error];
}
