import assert from "node:assert/strict";
import { AuthError } from "../../../src/auth/auth_error.ts";
import type { Metrics } from "../../../src/metrics/metrics.ts";
import { settle } from "../../support/fake_clock.ts";
import { noMetrics } from "../../support/no_metrics.ts";
import { type FakeSocket, Stage, type StageOptions } from "./stage.ts";

/** What is counted: why connections ended, and which errors were told. */
class Counts {
  readonly closed: string[] = [];
  readonly errors: string[] = [];
  readonly metrics: Metrics = {
    ...noMetrics,
    connectionClosed: (reason) => void this.closed.push(reason),
    protocolError: (code) => void this.errors.push(code),
  };
}

interface Ending {
  readonly options?: StageOptions;
  readonly act: (socket: FakeSocket, stage: Stage) => void | Promise<void>;
  readonly error?: string;
}

const expired = { kind: "system", room: undefined, tenant: undefined } as const;

const ENDINGS: Record<string, Ending> = {
  client: { act: (socket) => socket.connect().events.closed() },
  drain: {
    act: async (socket, stage) => {
      socket.connect();
      const drained = stage.gateway.drain(0);
      await stage.clock.advance(2_000);
      await drained;
    },
  },
  auth: {
    options: {
      authenticate: () => {
        throw new AuthError("expired", "the token has expired");
      },
    },
    act: (socket) => void socket.connect(),
    error: "unauthorized",
  },
  unavailable: {
    options: {
      authenticate: () => {
        throw new AuthError("key_unavailable", "the key server does not answer");
      },
    },
    act: (socket) => void socket.connect(),
  },
  forbidden: {
    act: (socket) => {
      const destination = "/secured/conference/state/topic.room@conference.meet.example";
      socket.connect().receive("SUBSCRIBE", { id: "1", destination });
    },
    error: "forbidden",
  },
  protocol: { act: (socket) => socket.events.message("GARBAGE\n\n\0"), error: "not-connected" },
  too_big: {
    act: (socket) => {
      socket.connect().events.message("x".repeat(100_000));
    },
    error: "too-large",
  },
  flood: {
    act: (socket) => {
      socket.connect();
      for (let i = 0; i < 2_001; i++) socket.events.message("\n");
    },
    error: "limit-exceeded",
  },
  connect_timeout: { act: (_, stage) => stage.clock.advance(10_100) },
  overdue: {
    act: async (socket, stage) => {
      socket.connect("0,0").events.message("SUBSCR");
      await stage.clock.advance(11_000);
    },
    error: "malformed-frame",
  },
  silent: {
    act: async (socket, stage) => {
      socket.connect("10000,0");
      await stage.clock.advance(151_000);
    },
  },
  slow: {
    act: async (socket, stage) => {
      socket.connect("0,0").subscribe();
      socket.bufferedAmount = 70_000;
      await stage.goLive();
      await stage.clock.advance(11_000);
    },
  },
  memory: {
    options: { maxMemory: 1, resident: () => 2 },
    act: (_, stage) => stage.clock.advance(500),
  },
  expired: {
    options: {
      authenticate: () => ({ ...expired, expiresAt: Date.UTC(2026, 0, 1, 0, 1) / 1_000 }),
      disconnectOnExpiry: true,
    },
    act: async (socket, stage) => {
      socket.connect("0,0");
      await stage.clock.advance(62_000);
    },
    error: "unauthorized",
  },
  fault: {
    act: (socket) => {
      socket.send = () => {
        throw new Error("broken");
      };
      socket.connect();
    },
  },
};

for (const [reason, { options, act, error }] of Object.entries(ENDINGS)) {
  Deno.test(`a connection that ends by "${reason}" is counted as such, once`, async () => {
    const counts = new Counts();
    await using stage = await Stage.open({ metrics: counts.metrics, ...options });
    const socket = stage.socket();
    await act(socket, stage);
    await settle();
    // Whatever the peer does about our Close, the first reason counts.
    await stage.clock.advance(6_000);
    assert.deepEqual(counts.closed, [reason]);
    assert.deepEqual(counts.errors, error === undefined ? [] : [error]);
  });
}
