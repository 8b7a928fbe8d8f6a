import assert from "node:assert/strict";
import { isPublicAddress } from "../../../src/doors/rooms/push/address.ts";
import { AllowList, isPushUrl, PUSH_ORIGIN } from "../../../src/doors/rooms/push/allow_list.ts";
import { PushRefusedError, pushVersion } from "../../../src/doors/rooms/push/call.ts";
import { Notifier, type NotifierOptions } from "../../../src/doors/rooms/push/notifier.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { eventually, Stage } from "./stage.ts";

const NEVER = new AbortController().signal;

/** What came in at a receiver on loopback. */
class Receiver implements AsyncDisposable {
  readonly calls: { path: string; method: string; body: string; headers: Headers }[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answer: () => Response = () => new Response()) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        const { pathname: path } = new URL(request.url);
        const { method, headers } = request;
        this.calls.push({ path, method, body: await request.text(), headers });
        return answer();
      },
    );
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The versions that came in at a path. */
  at(path: string): number[] {
    return this.calls.filter((call) => call.path === path)
      .map(({ body }) => Number(body.replace("version=", "")));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}

Deno.test("R71: each device of the owner hears of each change, once", async () => {
  await using receiver = new Receiver();
  await using stage = await Stage.open({
    values: { ROOMS_PUSH_ALLOW: [receiver.origin], ROOMS_PUSH_PRIVATE: true },
  });
  const devices = await Promise.all(
    ["/one", "/two"].map((path) => stage.at.register("olga", { rooms: receiver.origin + path })),
  );
  const owner = devices[0]!;
  let heard = 0;
  const hears = async (what: string, act: () => Promise<unknown>) => {
    const before = Math.floor(stage.clock.wall() / 1_000);
    await act();
    heard++;
    for (const path of ["/one", "/two"]) {
      await eventually(`${path} hears: ${what}`, () => {
        return Promise.resolve(receiver.at(path).length === heard);
      });
      assert.ok(receiver.at(path).at(-1)! >= before, what);
    }
  };
  let [room, second] = ["", ""];
  await hears("a room is made", async () => room = await owner.create());
  await hears("another", async () => second = await owner.create());
  const guest = stage.at.guest();
  await hears("a join", () => guest.join(room));
  await hears("a leave", () => guest.act(room, "leave"));
  await hears("another join", () => stage.at.guest().join(room));
  await hears("a lease ends", () => Promise.resolve(stage.clock.move(300_000)));
  await hears("a change", () => owner.call("PATCH", `/rooms/${room}`, { body: { roomName: "x" } }));
  await hears("two are deleted", () => {
    const body = { deleteRoomTokens: [room, second] };
    return owner.call("PATCH", "/rooms", { body });
  });
  const [call] = receiver.calls;
  assert.equal(call!.method, "PUT");
  assert.equal(call!.headers.get("content-type"), "application/x-www-form-urlencoded");
  assert.equal(call!.headers.get("cookie"), null);
  assert.equal((await devices[1]!.call("DELETE", "/registration")).status, 204);
  await owner.create();
  await eventually(
    "the other one hears",
    () => Promise.resolve(receiver.at("/one").length > heard),
  );
  assert.equal(receiver.at("/two").length, heard, "who does not want to hear does not");
});

Deno.test("R103: a URL is kept, and called only where the operator allows its origin", () => {
  const list = new AllowList([
    "https://push.example",
    "https://*.push.example.com",
    "http://a:8080",
  ]);
  const allows = (url: string) => list.allows(new URL(url));
  assert.equal(new AllowList([]).allows(new URL("https://push.example/x")), false);
  for (
    const url of [
      "https://push.example/x?y",
      "https://push.example:443/",
      "https://a.push.example.com/",
      "https://a.b.push.example.com/",
      "http://a:8080/",
    ]
  ) assert.equal(allows(url), true, url);
  for (
    const url of [
      "https://push.example:444/",
      "http://push.example/",
      "https://push.example.com/",
      "https://xpush.example.com/",
      "https://user@push.example/",
      "https://push.example.evil/",
      "https://push.example.com.evil/",
      "http://a/",
    ]
  ) assert.equal(allows(url), false, url);
  assert.equal(isPushUrl("https://push.example/x"), true);
  for (const text of ["x", "ftp://a/", "https://u:p@a/", 5, `https://a/${"x".repeat(2_048)}`]) {
    assert.equal(isPushUrl(text), false);
  }
  for (const text of ["push.example", "https://push.example/path", "https://*.*.a", "ftp://a"]) {
    assert.equal(PUSH_ORIGIN.safeParse(text).success, false, text);
  }
});

Deno.test("R104: addresses that are not those of hosts in the public Internet", () => {
  for (
    const address of [
      "127.0.0.1",
      "10.1.2.3",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "0.0.0.0",
      "224.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "fd00::1",
      "fe80::1",
      "fe80::1%eth0",
      "ff02::1",
      "::ffff:127.0.0.1",
      "::ffff:10.0.0.1",
      "64:ff9b::a00:1",
      "2002:7f00:1::",
      "2001:db8::1",
      "not an address",
    ]
  ) assert.equal(isPublicAddress(address), false, address);
  for (
    const address of ["93.184.216.34", "172.32.0.1", "2606:4700::1111", "::ffff:93.184.216.34"]
  ) {
    assert.equal(isPublicAddress(address), true, address);
  }
});

Deno.test("R104: a name with a private address is not called, unless that is allowed", async () => {
  await using receiver = new Receiver();
  const url = new URL(receiver.origin.replace("127.0.0.1", "push.example"));
  for (const addresses of [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"]]) {
    const resolve = () => Promise.resolve(addresses);
    await assert.rejects(
      pushVersion(url, 1, { allowPrivate: false, resolve, signal: NEVER }),
      PushRefusedError,
    );
  }
  const literal = new URL(receiver.origin);
  await assert.rejects(
    pushVersion(literal, 1, { allowPrivate: false, signal: NEVER }),
    PushRefusedError,
  );
  assert.equal(receiver.calls.length, 0);
  const resolve = () => Promise.resolve(["127.0.0.1"]);
  await pushVersion(url, 7, { allowPrivate: true, resolve, signal: NEVER });
  assert.equal(receiver.calls[0]!.body, "version=7");
  assert.equal(receiver.calls[0]!.headers.get("host"), url.host);
});

Deno.test("R104: a redirect is not followed", async () => {
  await using other = new Receiver();
  await using receiver = new Receiver(() => Response.redirect(`${other.origin}/elsewhere`, 302));
  const call = pushVersion(new URL(receiver.origin), 1, { allowPrivate: true, signal: NEVER });
  await assert.rejects(call);
  assert.equal(receiver.calls.length, 1);
  assert.equal(other.calls.length, 0);
});

Deno.test("R105: of an answer without end nothing but its first line is read", async () => {
  const chunk = new Uint8Array(65_536);
  await using receiver = new Receiver(() => {
    return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
  });
  await pushVersion(new URL(receiver.origin), 1, { allowPrivate: true, signal: NEVER });
});

Deno.test("R105: a receiver that says nothing is cut when its time is over", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const accepted = listener.accept();
  const { port } = listener.addr;
  const call = new AbortController();
  const result = pushVersion(new URL(`http://127.0.0.1:${port}/`), 1, {
    allowPrivate: true,
    signal: call.signal,
  });
  const conn = await accepted;
  call.abort();
  await assert.rejects(result);
  conn.close();
});

/** A notifier whose calls the test ends. */
function notifier(options: Partial<NotifierOptions> = {}) {
  const clock = new FakeClock();
  const calls: { url: string; version: number; end: (error?: Error) => void }[] = [];
  const outcomes: string[] = [];
  const made = new Notifier({
    clock,
    allowed: new AllowList(["https://push.example"]),
    urlsOf: () => Promise.resolve(["https://push.example/a"]),
    call: (url, version, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => reject(signal.reason));
      calls.push({ url: url.href, version, end: (error) => error ? reject(error) : resolve() });
      return promise;
    },
    pushed: (outcome) => outcomes.push(outcome),
    ...options,
  });
  return { clock, calls, outcomes, made };
}

Deno.test("R105: while a receiver hangs one call is under way, and the newest version is next", async () => {
  const { clock, calls, outcomes, made } = notifier();
  using _ = made;
  for (let version = 1; version <= 100; version++) {
    await made.changed("o", version);
    await clock.advance(10);
  }
  assert.equal(calls.length, 1);
  await clock.advance(2_000);
  assert.equal(calls.length, 1, "not yet cut");
  await clock.advance(1_100);
  assert.deepEqual(calls.slice(1).map(({ version }) => version), [100]);
  calls[1]!.end();
  await clock.advance(60_000);
  assert.equal(calls.length, 2);
  assert.deepEqual(outcomes, ["done"]);
});

Deno.test("what fails is tried three times more within 30 s, what is refused never", async () => {
  for (const error of [new Error("down"), new PushRefusedError("private")]) {
    const { clock, calls, outcomes, made } = notifier();
    using _ = made;
    await made.changed("o", 1);
    const from = clock.now();
    for (let i = 0; i < 400; i++) {
      await clock.advance(100);
      calls.at(-1)?.end(error);
    }
    assert.equal(calls.length, error instanceof PushRefusedError ? 1 : 4);
    assert.ok(clock.now() - from > 30_000);
    assert.deepEqual(outcomes, ["failed"]);
  }
});

Deno.test("at most 50 calls at once, and 10 a second to a host", async () => {
  const hosts = Array.from({ length: 60 }, (_, i) => `https://h${i}.example`);
  const many = notifier({
    allowed: new AllowList(hosts),
    urlsOf: () => Promise.resolve(hosts.map((host) => `${host}/`)),
  });
  using _ = many.made;
  await many.made.changed("o", 1);
  await many.clock.advance(100);
  assert.equal(many.calls.length, 50);
  for (const call of many.calls.slice(0, 10)) call.end();
  await many.clock.advance(100);
  assert.equal(many.calls.length, 60);

  const one = notifier({
    urlsOf: () =>
      Promise.resolve(Array.from({ length: 30 }, (_, i) => `https://push.example/${i}`)),
  });
  using __ = one.made;
  await one.made.changed("o", 1);
  await one.clock.advance(100);
  assert.equal(one.calls.length, 10);
  await one.clock.advance(1_000);
  assert.ok(one.calls.length <= 21, String(one.calls.length));
});

Deno.test("R105: joins do not wait for a receiver that hangs", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const origin = `http://127.0.0.1:${listener.addr.port}`;
  await using stage = await Stage.open({
    values: { ROOMS_PUSH_ALLOW: [origin], ROOMS_PUSH_PRIVATE: true },
  });
  const owner = await stage.at.register("olga", { rooms: `${origin}/` });
  const room = await owner.create();
  const conn = await listener.accept();
  for (let i = 0; i < 20; i++) assert.equal((await owner.join(room, 3)).status, 200);
  conn.close();
});
