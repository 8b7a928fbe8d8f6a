/**
 * The end of `deno task start`, as a terminal and supervisors bring it about: they signal the whole
 * process group, and the task passes on what it gets, so that the service gets each signal twice.
 *
 * @module
 */

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../support/operator.ts";
import { KEYS, Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

const CONFERENCE = "townhall@conference.acme.meet.example";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} to the group of \`deno task start\` lets visitors go with 1001 and code 0`, async () => {
    const env = { ...KEYS, HOST: "127.0.0.1", PORT: String(freePort()), KV_PATH: ":memory:" };
    await using service = await Service.startTask({ ...env, WORKERS: "2", DRAIN_MS: "1500" });
    const token = await visitorToken("townhall");
    const visitors: StompSocket[] = [];
    while (visitors.length < 20) {
      visitors.push(await StompSocket.visitor(service.port, token, CONFERENCE));
    }
    service.killGroup(signal);
    const codes = await Promise.all(visitors.map(async ({ socket }) => {
      const code = await socket.readClose();
      await socket.closeWith(code!).catch(() => {});
      socket[Symbol.dispose]();
      return code;
    }));
    assert.deepEqual(codes, visitors.map(() => 1001));
    assert.equal((await service.exited).code, 0);
    assert.ok(service.log.some(({ message }) => message === "Stopped"));
  });
}

Deno.test("a second SIGTERM, a second later, ends it at once", async () => {
  await using service = await Service.start({ DRAIN_MS: "60000", WORKERS: "2" });
  using _visitor = await StompSocket.visitor(service.port, await visitorToken("a"), "a@b.example");
  service.kill("SIGTERM");
  await service.logged(({ message }) => message.startsWith("Draining"));
  // Signals within a second of the first are the first one's echo.
  await pause(1_000);
  service.kill("SIGTERM");
  assert.notEqual((await service.exited).code, 0, "visitors were not dismissed");
});
