/**
 * Everybody comes at once, as after a restart. Here with so many as a test can hold; tests/measure
 * has the sizes that the service is for.
 *
 * @module
 */

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { part } from "../auth/support.ts";
import { freePort } from "../support/operator.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { eachFront, FRONTS } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";
const STORM = 1_000;
/** What is beyond a backlog is not taken while nobody accepts, however often it is tried. */
const LATE_MS = 10_000;
/** A person may have several tabs; and to sign takes this runtime some milliseconds. */
const TABS = 4;

/** Tokens as in life, each signed by itself. */
function tokens(count: number): { readonly pem: string; readonly all: readonly string[] } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const claims = {
    iss: "tests",
    aud: "tests",
    sub: "*",
    room: "*",
    exp: Date.now() / 1_000 + 3_600,
  };
  const token = (_: unknown, id: number) => {
    const user = { role: "visitor", id: String(id) };
    const parts = [{ alg: "RS256", typ: "JWT" }, { ...claims, context: { user } }];
    const signed = parts.map(part).join(".");
    return `${signed}.${
      sign("sha256", new TextEncoder().encode(signed), privateKey).toString("base64url")
    }`;
  };
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return { pem, all: Array.from({ length: count }, token) };
}

/** Rejects when one of them does not get to wait. */
async function allWait({ port }: Service, tokens: readonly string[]): Promise<StompSocket[]> {
  const tabs = Array.from({ length: TABS }, () => tokens).flat();
  return await Promise.all(tabs.map((token) => StompSocket.visitor(port, token, CONFERENCE)));
}

Deno.test("F11: after a kill all browsers are back in one burst, none is refused, and all wait again", async (t) => {
  const { pem, all } = tokens(STORM / TABS);
  for (const WEBSOCKET_SERVER of FRONTS) {
    await t.step(WEBSOCKET_SERVER, async () => {
      const env = {
        WEBSOCKET_SERVER,
        WORKERS: "2",
        RELEASE_RATE: "0",
        JWT_PUBLIC_KEY: pem,
        PORT: String(freePort()),
      };
      await using before = await Service.start(env);
      const waited = await allWait(before, all);
      before.kill("SIGKILL");
      await before.exited;
      for (const visitor of waited) visitor[Symbol.dispose]();
      await using after = await Service.start(env);
      const back = await allWait(after, all);
      assert.equal((await goLive(after, CONFERENCE)).visitorsWaiting, STORM);
      for (using visitor of back) assert.equal((await visitor.message()).status, "live");
      assert.deepEqual(after.log.filter(({ level }) => level === "error"), []);
    });
  }
});

eachFront("Backlog", {}, {
  "F11: a burst that the service is too busy to accept waits in the backlog, and is not tried again":
    async (
      service,
    ) => {
      service.kill("SIGSTOP");
      let late: ReturnType<typeof setTimeout> | undefined;
      try {
        const burst = Array.from({ length: STORM }, async () => {
          using conn = await Deno.connect({ hostname: "127.0.0.1", port: service.port });
          return conn.remoteAddr.transport;
        });
        const all = Promise.all(burst).then(() => "taken");
        const waits = new Promise((resolve) => late = setTimeout(resolve, LATE_MS, "late"));
        assert.equal(await Promise.race([all, waits]), "taken");
      } finally {
        clearTimeout(late);
        service.kill("SIGCONT");
      }
    },
});
