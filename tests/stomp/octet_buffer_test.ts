import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { OctetBuffer } from "../../src/stomp/octet_buffer.ts";

function content(buffer: OctetBuffer): number[] {
  return [...buffer.octets.subarray(0, buffer.length)];
}

Deno.test("a chunk that comes alone is not copied", () => {
  const buffer = new OctetBuffer();
  const chunk = new Uint8Array([1, 2, 3]);
  buffer.append(chunk);
  assert.equal(buffer.octets, chunk);
});

Deno.test("what is kept is a copy: its chunk may change, also a Buffer of Node", () => {
  for (const chunk of [new Uint8Array([1, 2, 3]), Buffer.from([1, 2, 3])]) {
    const buffer = new OctetBuffer();
    buffer.append(chunk);
    buffer.keepFrom(1);
    chunk.fill(9);
    assert.deepEqual(content(buffer), [2, 3]);
  }
});

Deno.test("a chunk is never written to", () => {
  const chunk = new Uint8Array([1, 2]);
  const buffer = new OctetBuffer();
  buffer.append(chunk.subarray(0, 1));
  buffer.append(new Uint8Array([7]));
  assert.deepEqual([...chunk], [1, 2]);
  assert.deepEqual(content(buffer), [1, 7]);
});

Deno.test("nothing is held once nothing is kept", () => {
  const buffer = new OctetBuffer();
  buffer.append(new Uint8Array(100));
  buffer.keepFrom(100);
  assert.equal(buffer.length, 0);
  assert.equal(buffer.octets.length, 0);
});

Deno.test("it holds what a plain list would hold", () => {
  const step = fc.record({ chunk: fc.uint8Array({ maxLength: 9 }), drop: fc.nat(9) });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const buffer = new OctetBuffer();
    let model: number[] = [];
    for (const { chunk, drop } of steps) {
      buffer.append(chunk);
      model.push(...chunk);
      const count = Math.min(drop, model.length);
      buffer.keepFrom(count);
      model = model.slice(count);
      assert.deepEqual(content(buffer), model);
    }
  }));
});

Deno.test("C83: octet by octet it allocates at most twice what it holds", () => {
  const buffer = new OctetBuffer();
  for (let count = 1; count <= 5000; count++) {
    buffer.append(new Uint8Array([1]));
    buffer.keepFrom(0);
    assert.ok(buffer.octets.length <= 2 * count);
  }
});
