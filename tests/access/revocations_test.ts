import assert from "node:assert/strict";
import { Revocations } from "../../src/access/revocations.ts";
import type { SystemPrincipal } from "../../src/auth/principal.ts";
import { MemoryStore } from "../queue/memory_store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MemoryEntries } from "../support/memory_entries.ts";
import { MemoryNetwork } from "../support/memory_bus.ts";

const HOUR_SEC = 3_600;

class Service {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly entries = new MemoryEntries(this.clock);
  readonly stores = new Map<string, MemoryStore>();

  async open(id: string): Promise<Revocations> {
    const { clock } = this;
    const store = new MemoryStore(clock, this.entries);
    this.stores.set(id, store);
    const opening = Revocations.open({ bus: this.network.join(id), store, clock });
    await clock.advance(20);
    return await opening;
  }

  token(tokenId: string, ttlSec = HOUR_SEC): SystemPrincipal {
    const expiresAt = this.clock.wall() / 1_000 + ttlSec;
    return { kind: "system", room: undefined, tenant: undefined, tokenId, expiresAt };
  }
}

Deno.test("a token that is revoked in one isolate is so in all, and in one that comes later", async () => {
  const service = new Service();
  const [a, b] = [await service.open("a"), await service.open("b")];
  let told = 0;
  using _listening = b.onRevoked(() => told++);
  const token = service.token("j1");
  assert.equal(b.isRevoked(token), false);
  for (let i = 0; i < 2; i++) {
    const done = a.revoke("j1");
    await service.clock.advance(20);
    await done;
  }
  assert.deepEqual([a.isRevoked(token), b.isRevoked(token), told], [true, true, 1]);
  assert.equal(b.isRevoked(service.token("j2")), false);
  const c = await service.open("c");
  assert.equal(c.isRevoked(token), true);
  await service.clock.advance(2_000);
  assert.ok(b.revokedForMs("j1") >= 2_000 && b.revokedForMs("j2") === 0);
});

Deno.test("an isolate that was cut off learns of it when its bus is back", async () => {
  const service = new Service();
  const [a, b] = [await service.open("a"), await service.open("b")];
  service.network.cut("b");
  const done = a.revoke("j1");
  await service.clock.advance(20);
  await done;
  assert.equal(b.isRevoked(service.token("j1")), false);
  service.network.restore("b");
  await service.clock.advance(20);
  assert.equal(b.isRevoked(service.token("j1")), true);
});

Deno.test("it is kept until the token expires, however long that is, once it is shown", async () => {
  const service = new Service();
  const a = await service.open("a");
  const done = a.revoke("j1", service.clock.wall() / 1_000 + 10);
  await service.clock.advance(20);
  await done;
  const token = service.token("j1", 10 * HOUR_SEC);
  assert.equal(a.isRevoked(token), true, "shown, so its exp is known");
  await service.clock.advance(9 * HOUR_SEC * 1_000);
  const b = await service.open("b");
  assert.equal(b.isRevoked(token), true);
});

Deno.test("where the store is away at the start, it is read as soon as it is there", async () => {
  const service = new Service();
  const a = await service.open("a");
  const done = a.revoke("j1");
  await service.clock.advance(20);
  await done;
  const store = new MemoryStore(service.clock, service.entries);
  store.down = true;
  const opening = Revocations.open({ bus: service.network.join("b"), store, clock: service.clock });
  await service.clock.advance(20);
  const b = await opening;
  assert.equal(b.isRevoked(service.token("j1")), false);
  store.down = false;
  await service.clock.advance(1_100);
  assert.equal(b.isRevoked(service.token("j1")), true);
});
