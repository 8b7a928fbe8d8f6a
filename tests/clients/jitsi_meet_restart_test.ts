import assert from "node:assert/strict";
import { eachSetup, type Setup } from "../e2e/setups.ts";
import { eachFront } from "../support/fronts.ts";
import { JitsiMeetClient, type Scaled } from "../support/jitsi_meet_client.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { STOMPJS_7 } from "../support/stomp_libraries.ts";
import { visitorToken } from "../support/tokens.ts";

const CONFERENCE = "townhall@conference.acme.meet.example";
/** stompjs' own delay, which jitsi-meet leaves as it is. */
const SHIPPED_DELAY_MS = 5_000;

/** A service that is ended and started again: on its port, with what it had stored. */
class Restarted implements AsyncDisposable {
  readonly #env: Setup;
  readonly #folder: string;
  service: Service;

  private constructor(env: Setup, folder: string, service: Service) {
    this.#env = env;
    this.#folder = folder;
    this.service = service;
  }

  static async start(env: Setup): Promise<Restarted> {
    const folder = await Deno.makeTempDir();
    const all = { ...env, KV_PATH: `${folder}/live.sqlite3` };
    return new Restarted(all, folder, await Service.start(all));
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.service.kill(signal);
    await this.service.exited;
  }

  async startAgain(): Promise<void> {
    this.service = await Service.start({ ...this.#env, PORT: String(this.service.port) });
  }

  /** Visitors with both versions of the library, so many with each, who wait. */
  async visitors(scaled?: Scaled, ofEach = 1): Promise<Visitors> {
    const visitors = Object.values(STOMPJS_7).flatMap((Client) =>
      Array.from({ length: ofEach }, () => new JitsiMeetClient(Client, scaled))
    );
    for (const visitor of visitors) {
      visitor.waitForLive(this.service.ws, CONFERENCE, await visitorToken("townhall"));
      await visitor.logged("connected");
    }
    return new Visitors(visitors);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

class Visitors implements AsyncDisposable {
  constructor(readonly all: readonly JitsiMeetClient[]) {}

  async each(act: (visitor: JitsiMeetClient) => void | Promise<void>): Promise<void> {
    await Promise.all(this.all.map(act));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.each((visitor) => visitor[Symbol.asyncDispose]());
  }
}

/** Errors of the clients as shipped while the service was away, and how many tries that time took. */
interface Outage {
  readonly errors: readonly number[];
  readonly tries: number;
}

async function outage(env: Setup, signal: "SIGKILL" | "SIGTERM"): Promise<Outage> {
  await using queue = await Restarted.start(env);
  await using visitors = await queue.visitors();
  const began = performance.now();
  await queue.end(signal);
  await queue.startAgain();
  const tries = Math.floor((performance.now() - began) / SHIPPED_DELAY_MS);
  await visitors.each((visitor) => visitor.until(() => visitor.connectCount === 2));
  const errors = visitors.all.map((visitor) => visitor.count("error"));
  await goLive(queue.service, CONFERENCE);
  await visitors.each((visitor) => visitor.logged("joined"));
  return { errors, tries };
}

// At once, because the shipped client takes its five seconds in both.
Deno.test("F12, F23: the shipped client comes back after a restart, which costs no try, and a kill", async () => {
  const [restart, kill] = await Promise.all([
    outage({ WORKERS: "1", WEBSOCKET_SERVER: "ws" }, "SIGTERM"),
    outage({ WORKERS: "2" }, "SIGKILL"),
  ]);
  // On a busy machine a try may come before the service does. It is refused, and counts.
  assert.ok(restart.errors.every((errors) => errors <= restart.tries), JSON.stringify(restart));
  // One more for the connection that broke: other than Chromium, the runtime calls that an error.
  assert.ok(kill.errors.every((errors) => errors <= kill.tries + 1), JSON.stringify(kill));
});

eachSetup("F23: a drain closes waiting clients cleanly, which counts as no error", async (env) => {
  await using queue = await Restarted.start({ ...env, DRAIN_MS: "300" });
  await using visitors = await queue.visitors({ reconnectDelay: 60_000 });
  await queue.end("SIGTERM");
  await visitors.each(async (visitor) => {
    await visitor.logged("closed 1001 cleanly");
    assert.equal(visitor.count("error"), 0);
    assert.equal(visitor.retriesCount, 0);
  });
});

eachSetup("F13: who was not told when the service was killed is told on return", async (env) => {
  // The second place in line is due a second after the answer; by then the process is dead.
  await using queue = await Restarted.start({ ...env, RELEASE_RATE: "1" });
  // Scaled: 2 s for 5 s. Five tries outlast the start of the service on a busy machine.
  await using visitors = await queue.visitors({ reconnectDelay: 2_000 });
  await goLive(queue.service, CONFERENCE);
  await queue.end("SIGKILL");
  await queue.startAgain();
  await visitors.each(async (visitor) => {
    await visitor.logged("joined");
    assert.equal(visitor.messages.length, 1);
  });
  assert.ok(visitors.all.some(({ connectCount }) => connectCount > 1), "nobody had to come back");
});

// Its fourth CONNECTED makes a client wait up to 30 s by itself once it is told.
eachFront(
  "F23: after two restarts nobody has been connected more than three times",
  async (env) => {
    await using queue = await Restarted.start({ ...env, WORKERS: "2", DRAIN_MS: "3000" });
    // Scaled: 1 s for 5 s, so that many come back while the drain goes on.
    await using visitors = await queue.visitors({ reconnectDelay: 1_000 }, 20);
    for (const restart of [1, 2]) {
      await queue.end("SIGTERM");
      await queue.startAgain();
      await visitors.each((visitor) => visitor.until(() => visitor.connectCount === restart + 1));
    }
    assert.ok(
      visitors.all.some((visitor) => visitor.count("closed 1001") > 2),
      "some came too early",
    );
    await goLive(queue.service, CONFERENCE);
    await visitors.each((visitor) => visitor.logged("joined"));
    assert.deepEqual(new Set(visitors.all.map(({ connectCount }) => connectCount)), new Set([3]));
  },
);
