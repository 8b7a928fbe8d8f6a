import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeWire, encodeWire, isWireId, type WireKind } from "../../src/bus/redis_wire.ts";

const kinds: WireKind[] = ["publish", "tell", "ask", "answer", "none", "absent", "probe"];

Deno.test("what is put on the wire of Redis comes off it", () => {
  const message = fc.record({
    kind: fc.constantFrom(...kinds),
    from: fc.string({ minLength: 1, maxLength: 200 }).filter(isWireId),
    n: fc.nat(),
    payload: fc.string(),
  }, { noNullPrototype: true });
  fc.assert(fc.property(message, (m) => assert.deepEqual(decodeWire(encodeWire(m)), m)));
});

Deno.test("any other text is nobody's message", () => {
  const texts = [
    "",
    "\n",
    "publish",
    "publish a 1",
    "publish a\n",
    "publish  1\n",
    "publish a -1\n",
  ];
  texts.push("Publish a 1\n", "shout a 1\n", " publish a 1\n", `publish ${"a".repeat(300)} 1\n`);
  for (const text of texts) assert.equal(decodeWire(text), undefined, text);
});

Deno.test("an id is one short word", () => {
  for (const id of ["", "a b", "a\n", "a".repeat(201)]) assert.equal(isWireId(id), false);
  assert.equal(isWireId(crypto.randomUUID()), true);
});
