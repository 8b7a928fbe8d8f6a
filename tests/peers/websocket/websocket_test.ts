import assert from "node:assert/strict";
import { FRONTS } from "../../e2e/setups.ts";
import { Service } from "../../support/service.ts";
import { CASES } from "./cases.ts";
import { DIFFERENCES } from "./differences.ts";
import { pageOf, readPage, writePage } from "./readme.ts";
import { outcomesOf } from "./runner.ts";

if (Deno.env.get("WRITE_TABLE") === "1") await writePage();

for (const front of FRONTS) {
  Deno.test(`each case of RFC 6455 is answered as a strict server does, or as the table says (${front})`, async () => {
    const env = { WEBSOCKET_SERVER: front, DOORS: "queue,mirror" };
    await using service = await Service.start(env, { main: "tests/peers/websocket/main.ts" });
    const outcomes = await outcomesOf(CASES, service.port);
    const wrong = CASES.flatMap((each, i) => {
      const outcome = outcomes[i]!;
      const differs = DIFFERENCES.find((one) => one.front === front && one.cases.includes(each.id));
      const right = differs ? differs.is(outcome) : outcome === each.strict;
      return right ? [] : [`${each.id} ${each.what}: ${outcome}, not ${each.strict}`];
    });
    assert.deepEqual(wrong, []);
    assert.deepEqual(service.log.filter(({ level }) => level === "error"), []);
  });
}

Deno.test("no case stands there twice, and the page is what the test writes", async () => {
  assert.equal(new Set(CASES.map(({ id }) => id)).size, CASES.length);
  const page = await readPage();
  assert.equal(page, pageOf(page), "write it anew with WRITE_TABLE=1");
});
