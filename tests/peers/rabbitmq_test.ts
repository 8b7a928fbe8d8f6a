/**
 * The cases that any broker can answer, put to RabbitMQ and to this service.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RabbitMq, rabbitMqAvailable } from "../support/rabbitmq.ts";
import { Service } from "../support/service.ts";
import { nameOf } from "./case.ts";
import { REASONS } from "./differences.ts";
import { PATH, rabbitMqPeer, servicePeer } from "./peer.ts";
import { readPage, readVerdicts, tableOf, writePage } from "./readme.ts";
import { CASES, verdictsOf } from "./table.ts";

const WRITE = Deno.env.get("WRITE_TABLE") === "1";

/** The verdicts by the names of their cases: what a failed comparison shows. */
function named(verdicts: readonly string[]): string[] {
  return CASES.map((each, i) => `${nameOf(each)} -> ${verdicts[i]}`);
}

async function askService(): Promise<string[]> {
  await using service = await Service.start({ WEBSOCKET_SERVER: "ws", RELEASE_RATE: "0" });
  return await verdictsOf(await servicePeer(service));
}

async function askRabbitMq(): Promise<string[]> {
  await using node = await RabbitMq.start(PATH);
  return await verdictsOf(rabbitMqPeer(node));
}

if (WRITE) await writePage({ rabbitMq: await askRabbitMq(), service: await askService() });
const page = await readPage();
const committed = readVerdicts(page);

Deno.test("this service answers every case as the table says", async () => {
  assert.deepEqual(named(await askService()), named(committed.service));
});

if (rabbitMqAvailable()) {
  Deno.test("RabbitMQ answers every case as the table says", async () => {
    assert.deepEqual(named(await askRabbitMq()), named(committed.rabbitMq));
  });
}

Deno.test("every difference has its sentence, and nothing else has one", () => {
  const different = CASES.filter((_, i) => committed.rabbitMq[i] !== committed.service[i]);
  assert.deepEqual(new Set(different.map(nameOf)), new Set(REASONS.keys()));
});

Deno.test("the page is what the test writes, and no case stands in it twice", () => {
  assert.ok(page.endsWith(`\n\n${tableOf(committed)}`), "write it anew with WRITE_TABLE=1");
  assert.equal(new Set(CASES.map(nameOf)).size, CASES.length);
});
