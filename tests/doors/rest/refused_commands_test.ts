import assert from "node:assert/strict";
import { AuthError } from "../../../src/auth/auth_error.ts";
import type { Principal } from "../../../src/auth/principal.ts";
import { configureLogging } from "../../../src/log/log.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { hs256 } from "../../auth/support.ts";
import { testApp } from "../../http/support.ts";

const system: Principal = {
  kind: "system",
  room: undefined,
  tenant: undefined,
  expiresAt: 4_000_000_000,
};
const ROOM = { conference: "room@conference.meet.example" };

interface Line {
  readonly level: string;
  readonly message: string;
  readonly [property: string]: unknown;
}

/** @param known whether the key is known at that try; absent: tokens are as `testApp` has them. */
function stage(known?: (tries: number) => boolean) {
  const lines: Line[] = [];
  const counted: string[] = [];
  configureLogging({
    level: "info",
    format: "json",
    isolate: "test",
    write: (line) => lines.push(JSON.parse(line)),
  });
  const clock = new FakeClock();
  let tries = 0;
  const authenticate = (): Principal => {
    if (known?.(++tries)) return system;
    throw new AuthError("key_unavailable", "the key server does not answer");
  };
  return {
    lines,
    counted,
    clock,
    ...testApp({
      clock,
      countRefused: (code) => counted.push(code),
      ...(known && { authenticate }),
    }),
  };
}

Deno.test("a go-live that is refused is warned of, with whose token it was and what to do", async () => {
  const { lines, counted, fetch } = stage();
  const token = hs256({ iss: "jitsi", exp: 1 }, { header: { alg: "HS256", kid: "prosody/1" } });
  const headers = { authorization: `Bearer ${token}` };
  await fetch("/golive", { method: "POST", headers, body: JSON.stringify(ROOM) });
  await fetch("/golive", { method: "POST", body: JSON.stringify(ROOM) });
  assert.deepEqual(lines.map(({ level, status, code }) => [level, status, code]), [
    ["warning", 401, "invalid_token"],
    ["warning", 401, "token_missing"],
  ]);
  assert.deepEqual([lines[0]!.kid, lines[0]!.iss], ["prosody/1", "jitsi"]);
  assert.match(lines[0]!.message, /^POST \/golive from .* was refused .*deno task explain/);
  assert.match(lines[1]!.message, /asap_key_path/);
  assert.ok(!JSON.stringify(lines).includes(token.split(".")[2]!), "no token");
  assert.deepEqual(counted, ["invalid_token", "token_missing"]);
});

Deno.test("a cause has one line a minute, however often it comes", async () => {
  const { lines, counted, clock, post } = stage();
  for (let i = 0; i < 50; i++) await post("/golive", ROOM, "visitor");
  assert.equal(lines.length, 1);
  assert.equal(counted.length, 50);
  await clock.advance(60_000);
  assert.deepEqual(lines.map(({ times }) => times), [1, 49]);
  await clock.advance(600_000);
  assert.equal(lines.length, 2, "nothing is said of minutes in which nothing happened");
  await post("/golive", {}, "system");
  assert.equal(lines.at(-1)!.code, "conference_missing");
});

Deno.test("commands that are held are told of once, and once that none is any more", async () => {
  const { lines, clock, conferences, post } = stage((tries) => tries > 4);
  const answers = Promise.all([post("/golive", ROOM, "any"), post("/golive", ROOM, "any")]);
  await clock.advance(5_000);
  assert.deepEqual((await answers).map(({ status }) => status), [200, 200]);
  assert.equal(conferences.calls.length, 2);
  assert.deepEqual(lines.map(({ level }) => level), ["warning", "info"]);
  assert.match(lines[0]!.message, /^A command is held .*key server/);
});
