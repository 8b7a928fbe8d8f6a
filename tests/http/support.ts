import assert from "node:assert/strict";
import { AuthError } from "../../src/auth/auth_error.ts";
import type { Principal } from "../../src/auth/principal.ts";
import { commandRoutes } from "../../src/doors/rest/command_routes.ts";
import type { CommandOptions } from "../../src/doors/rest/command_options.ts";
import { type OperationOptions, operationRoutes } from "../../src/doors/rest/operation_routes.ts";
import { createHttpApp, type HttpApp } from "../../src/http/app.ts";
import { problemSchema } from "../../src/http/problem.ts";
import type { RouteGroup, SocketMount } from "../../src/http/route.ts";
import { type Clock, systemClock } from "../../src/time/clock.ts";
import { AccessPolicy } from "../../src/access/policy.ts";
import { type ConferenceName, ConferenceNames } from "../../src/access/conference_name.ts";
import type { Conferences, ConferenceView, WentLive } from "../../src/queue/view.ts";

const expiresAt = 4_000_000_000;

/** What the fake authenticator makes of a token; an error is thrown. */
const TOKENS: Record<string, Principal | Error> = {
  system: { kind: "system", room: undefined, tenant: undefined, expiresAt },
  "limited-room": { kind: "system", room: "room", tenant: undefined, expiresAt },
  "limited-tenant": { kind: "system", room: undefined, tenant: "acme", expiresAt },
  visitor: { kind: "client", role: "visitor", room: "room", tenant: "*", expiresAt },
  moderator: { kind: "client", role: "moderator", room: "*", tenant: "*", expiresAt },
  anonymous: { kind: "anonymous" },
  expired: new AuthError("expired", "the token has expired"),
  busy: new AuthError("busy", "too much to verify"),
  "no-key": new AuthError("key_unavailable", "the key server does not answer"),
  missing: new AuthError("missing", "there is no token"),
  broken: new TypeError("the inside of the authenticator"),
};

/** Records what it was asked, and fails with `error` if that is set. */
export class FakeConferences implements Conferences {
  readonly calls: [method: string, key?: string][] = [];
  error: Error | undefined;
  view: ConferenceView = {
    conference: "room@x",
    status: "waiting",
    visitorsWaiting: 0,
    moderators: 0,
  };

  goLive(name: ConferenceName): Promise<WentLive> {
    return this.#answer({ visitorsWaiting: 7, version: 1 }, "goLive", name.key);
  }

  endLive(name: ConferenceName): Promise<boolean> {
    return this.#answer(true, "endLive", name.key);
  }

  describe(name: ConferenceName): Promise<ConferenceView> {
    return this.#answer({ ...this.view, conference: name.key }, "describe", name.key);
  }

  list(): Promise<ConferenceView[]> {
    return this.#answer([this.view], "list");
  }

  #answer<T>(value: T, ...call: [string, string?]): Promise<T> {
    this.calls.push(call);
    return this.error ? Promise.reject(this.error) : Promise.resolve(value);
  }
}

export interface TestApp {
  readonly app: HttpApp;
  readonly conferences: FakeConferences;
  /** Sends a request to the app. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Posts a JSON body, with a token of {@linkcode TOKENS}. */
  post(path: string, body: unknown, token?: string): Promise<Response>;
  get(path: string, token?: string): Promise<Response>;
}

export interface TestOptions extends Partial<CommandOptions>, Partial<OperationOptions> {
  readonly basePath?: string;
  readonly clock?: Clock;
  readonly sockets?: readonly SocketMount[];
  /** Further groups. */
  readonly groups?: readonly RouteGroup[];
  readonly version?: string;
}

/** The routes that every production process has, with fakes behind them. */
export function testApp(options: TestOptions = {}): TestApp {
  const conferences = new FakeConferences();
  const { basePath = "/waiting-queue", version = "0.0.0", sockets, clock } = options;
  const groups = [
    commandRoutes({
      conferences,
      names: new ConferenceNames({}),
      access: new AccessPolicy({ visitorAnyRole: false, domainVerification: false }),
      clock: clock ?? systemClock,
      countRefused: () => {},
      authenticate: (authorization) => {
        const known = TOKENS[/^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? ""];
        if (known instanceof Error) throw known;
        if (!known) throw new AuthError("malformed", "not a token");
        return known;
      },
      ...options,
    }),
    operationRoutes({
      health: () => ({ status: "ok" }),
      readiness: { snapshot: () => ({ status: "ready", checks: { store: "ok" } }) },
      metrics: () => Promise.resolve("a_metric 1\n"),
      ...options,
    }),
    ...(options.groups ?? []),
  ];
  const app = createHttpApp({
    basePath,
    groups,
    version,
    ...(sockets && { sockets }),
    ...(clock && { clock }),
  });
  const send = async (path: string, init?: RequestInit) =>
    await app.fetch(new Request(`http://queue.example${path}`, init));
  const headers = (token?: string) => token === undefined ? {} : bearer(token);
  return {
    app,
    conferences,
    fetch: send,
    post: (path, body, token) =>
      send(path, { method: "POST", headers: headers(token), body: JSON.stringify(body) }),
    get: (path, token) => send(path, { headers: headers(token) }),
  };
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Checks that a response is a proper problem document of this status and code. */
export async function assertProblem(
  response: Response,
  status: number,
  code: string,
): Promise<string> {
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const body = problemSchema.parse(await response.json());
  assert.equal(body.status, status);
  assert.equal(body.code, code);
  assert.ok(body.detail.length > 10);
  if (status === 401) assert.match(response.headers.get("www-authenticate")!, /^Bearer realm="/);
  if (status === 503) assert.match(response.headers.get("retry-after")!, /^\d+$/);
  return body.detail;
}

/** Headers of a proper WebSocket upgrade. */
export const UPGRADE: Record<string, string> = {
  host: "queue.example",
  connection: "keep-alive, Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};
