import assert from "node:assert/strict";
import { BODY_DEADLINE_MS, MAX_BODY_OCTETS } from "../../src/http/body.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { assertProblem, bearer, testApp } from "./support.ts";

/** A command of exactly `length` octets. */
function bodyOf(length: number): string {
  const start = '{"conference":"room@x","pad":"';
  return start + "x".repeat(length - start.length - 2) + '"}';
}

/** Sends `parts` one by one and says whether the rest was refused. */
function streamOf(parts: Iterable<string>): { body: ReadableStream; canceled: () => boolean } {
  const iterator = parts[Symbol.iterator]();
  let canceled = false;
  const body = new ReadableStream({
    pull(controller) {
      const next = iterator.next();
      if (next.done) controller.close();
      else controller.enqueue(new TextEncoder().encode(next.value));
    },
    cancel() {
      canceled = true;
    },
  });
  return { body, canceled: () => canceled };
}

Deno.test("J32: a body of 64 KiB passes, one octet more is 413", async () => {
  const { fetch } = testApp();
  const send = (body: BodyInit) =>
    fetch("/golive", { method: "POST", headers: bearer("system"), body });
  assert.equal((await send(bodyOf(MAX_BODY_OCTETS))).status, 200);
  await assertProblem(await send(bodyOf(MAX_BODY_OCTETS + 1)), 413, "body_too_large");
  assert.equal((await send(streamOf([bodyOf(MAX_BODY_OCTETS)]).body)).status, 200);
  await assertProblem(
    await send(streamOf([bodyOf(MAX_BODY_OCTETS), " "]).body),
    413,
    "body_too_large",
  );
});

Deno.test("a length that is announced too large is refused before anything is read", async () => {
  const { fetch } = testApp();
  let read = 0;
  const body = new ReadableStream({ pull: () => void read++ }, { highWaterMark: 0 });
  const headers = { ...bearer("system"), "content-length": String(MAX_BODY_OCTETS + 1) };
  await assertProblem(
    await fetch("/golive", { method: "POST", headers, body }),
    413,
    "body_too_large",
  );
  assert.equal(read, 0);
});

Deno.test("an endless body is cut at its bound and the rest is refused", async () => {
  const { fetch } = testApp();
  let parts = 0;
  const { body, canceled } = streamOf((function* () {
    for (;; parts++) yield "x".repeat(1024);
  })());
  const response = await fetch("/golive", { method: "POST", headers: bearer("system"), body });
  await assertProblem(response, 413, "body_too_large");
  assert.ok(parts <= 70, `${parts}`);
  assert.ok(canceled());
});

Deno.test("F08: a body that does not arrive in time is 408, and the rest is refused", async () => {
  const clock = new FakeClock();
  const { fetch, conferences } = testApp({ clock });
  let canceled = false;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"conference":')),
    cancel: () => void (canceled = true),
  });
  const answer = fetch("/golive", { method: "POST", headers: bearer("system"), body });
  let answered = false;
  void answer.then(() => answered = true);
  await clock.advance(BODY_DEADLINE_MS - 1);
  assert.equal(answered, false);
  await clock.advance(1);
  const response = await answer;
  assert.equal(response.headers.get("connection"), "close");
  await assertProblem(response, 408, "body_too_slow");
  assert.ok(canceled);
  assert.deepEqual(conferences.calls, []);
});

Deno.test("a body that arrives leaves no timer behind", async () => {
  const clock = new FakeClock();
  const { post } = testApp({ clock });
  assert.equal((await post("/golive", { conference: "room@x" }, "system")).status, 200);
  assert.equal(clock.timers, 0);
});

Deno.test("J31: the token is checked before a single octet of the body is read", async () => {
  const { fetch } = testApp();
  for (
    const [token, status, code] of [["visitor", 403, "role"], ["expired", 401, "invalid_token"]]
  ) {
    let read = 0;
    const body = new ReadableStream({ pull: () => void read++ }, { highWaterMark: 0 });
    const headers = bearer(String(token));
    const response = await fetch("/golive", { method: "POST", headers, body });
    await assertProblem(response, Number(status), String(code));
    assert.equal(read, 0);
  }
});

Deno.test("a body that breaks off is 400", async () => {
  const { fetch } = testApp();
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
  const response = await fetch("/golive", { method: "POST", headers: bearer("system"), body });
  await assertProblem(response, 400, "body_broken_off");
});

Deno.test("a body may come in any pieces", async () => {
  const { fetch } = testApp();
  const text = '{"conference":"комната@x"}';
  const octets = new TextEncoder().encode(text);
  const body = new ReadableStream({
    start(controller) {
      for (const octet of octets) controller.enqueue(Uint8Array.of(octet));
      controller.close();
    },
  });
  const response = await fetch("/golive", { method: "POST", headers: bearer("system"), body });
  assert.equal((await response.json()).conference, "комната@x");
});
