import assert from "node:assert/strict";
import { SessionCloseError, StompError } from "../../src/stomp/mod.ts";

Deno.test("the close code of a StompError follows from its code", () => {
  assert.equal(new StompError("unauthorized", "No token").closeCode, 1008);
  assert.equal(new StompError("forbidden", "Not yours").closeCode, 1008);
  assert.equal(new StompError("limit-exceeded", "Too many").closeCode, 1008);
  assert.equal(new StompError("not-supported", "No").closeCode, 1008);
  assert.equal(new StompError("too-large", "Too large").closeCode, 1009);
  assert.equal(new StompError("malformed-frame", "What").closeCode, 1002);
  assert.equal(new StompError("unsupported-version", "No").closeCode, 1002);
});

Deno.test("a StompError keeps its detail, its headers and its cause", () => {
  const cause = new TypeError("inner");
  const error = new StompError("unauthorized", "No token", {
    detail: "Send one",
    headers: { version: "1.2" },
    cause,
  });
  assert.equal(error.name, "StompError");
  assert.equal(error.message, "No token");
  assert.equal(error.detail, "Send one");
  assert.deepEqual(error.headers, { version: "1.2" });
  assert.equal(error.cause, cause);
});

Deno.test("a SessionCloseError carries the close code and the reason", () => {
  const error = new SessionCloseError(1013, "over capacity");
  assert.equal(error.closeCode, 1013);
  assert.equal(error.reason, "over capacity");
  assert.equal(error.name, "SessionCloseError");
});
