import assert from "node:assert/strict";
import { Authenticator } from "../../src/auth/authenticator.ts";
import { type KidStore, MAX_KIDS, RememberedKids } from "../../src/auth/remembered_kids.ts";
import { settle } from "../support/fake_clock.ts";
import { KeyServer } from "./key_server.ts";
import { part, setup, signer, systemClaims, verdict } from "./support.ts";

const key = signer();

/** Keeps one text, as a store does. */
class OneText implements KidStore {
  value: string | undefined;
  #version = 0;
  broken = false;

  load(): Promise<{ value: string; version: string } | undefined> {
    if (this.broken) return Promise.reject(new Error("away"));
    const { value } = this;
    return Promise.resolve(value === undefined ? value : { value, version: `${this.#version}` });
  }

  save(value: string, version: string | undefined): Promise<boolean> {
    if (this.broken) return Promise.reject(new Error("away"));
    const expected = this.value === undefined ? undefined : `${this.#version}`;
    if (version !== expected) return Promise.resolve(false);
    this.value = value;
    this.#version++;
    return Promise.resolve(true);
  }

  get kids(): string[] {
    return JSON.parse(this.value ?? "[]");
  }
}

Deno.test("the key of a backend that was here before is fetched at the start", async () => {
  await using server = new KeyServer();
  server.has("backend", key.pem);
  const store = new OneText();
  const start = () => {
    const { options, clock, ...rest } = setup({ system: { asapKeyServer: server.url } });
    const auth = new Authenticator({ ...options, rememberedKids: new RememberedKids(store) });
    return { ...rest, clock, auth, now: clock.wall() / 1000 };
  };
  await using before = start();
  const token = await key.sign(systemClaims(before.now), { kid: "backend" });
  const invented = `${part({ alg: "EdDSA", kid: "x" })}.${part(systemClaims(before.now))}.AAAA`;
  assert.equal(await verdict(before.auth, invented), "unknown_key");
  assert.equal(await verdict(before.auth, token), "accepted");
  await settle();
  assert.deepEqual(store.kids, ["backend"], "only what was signed is remembered");

  await using after = start();
  await after.auth.fetchKeys();
  const asked = server.requests.length;
  server.lacks("backend");
  assert.equal(await verdict(after.auth, token), "accepted");
  assert.equal(server.requests.length, asked);
});

Deno.test("what several isolates remember is kept together, and bounded", async () => {
  const store = new OneText();
  const [a, b] = [new RememberedKids(store), new RememberedKids(store)];
  a.worked("one");
  b.worked("two");
  await settle();
  assert.deepEqual(store.kids.toSorted(), ["one", "two"]);
  for (let i = 0; i < 2 * MAX_KIDS; i++) {
    a.worked(`kid${i}`);
    await settle();
  }
  assert.equal(store.kids.length, MAX_KIDS);
  assert.equal(store.kids.at(-1), `kid${2 * MAX_KIDS - 1}`);
});

Deno.test("a store that is away, or holds something else, harms nothing", async () => {
  const store = new OneText();
  for (const value of ["no JSON", '{"a":1}', '[1,null,"good"]']) {
    store.value = value;
    const kids = await new RememberedKids(store).recall();
    assert.deepEqual(kids, value.includes("good") ? ["good"] : []);
  }
  store.broken = true;
  const kids = new RememberedKids(store);
  assert.deepEqual(await kids.recall(), []);
  kids.worked("later");
  await settle();
  store.broken = false;
  kids.worked("later");
  await settle();
  assert.ok(store.kids.includes("later"), "it is tried again");
});
