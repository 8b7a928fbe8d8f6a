import assert from "node:assert/strict";
import { chooseProtocol } from "../../src/stomp_host/subprotocol.ts";

Deno.test("C01: without an offer no subprotocol is answered", () => {
  assert.equal(chooseProtocol(null), undefined);
});

Deno.test("C02: the highest version is answered, whatever the order", () => {
  assert.equal(chooseProtocol("v12.stomp, v11.stomp, v10.stomp"), "v12.stomp");
  assert.equal(chooseProtocol("v10.stomp, v11.stomp, v12.stomp"), "v12.stomp");
});

Deno.test("C03: v11.stomp is answered where v12.stomp is not offered", () => {
  assert.equal(chooseProtocol("v10.stomp, v11.stomp"), "v11.stomp");
});

Deno.test("C04: unknown offers and odd spacing do not matter", () => {
  assert.equal(chooseProtocol("foo, v11.stomp"), "v11.stomp");
  assert.equal(chooseProtocol("foo ,  v11.stomp,v10.stomp\t"), "v11.stomp");
});

Deno.test("C05: where all offers are unknown none is answered", () => {
  assert.equal(chooseProtocol("foo, V12.STOMP, v12.stompx"), undefined);
  assert.equal(chooseProtocol(""), undefined);
});

Deno.test("only so many offers are looked at", () => {
  assert.equal(chooseProtocol("x,".repeat(1_000) + "v12.stomp"), undefined);
});
