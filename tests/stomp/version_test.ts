import assert from "node:assert/strict";
import { negotiateVersion } from "../../src/stomp/version.ts";

Deno.test("C38: an unknown version beside known ones is passed over", () => {
  assert.equal(negotiateVersion("1.0,1.1,2.0"), "1.1");
});

Deno.test("C39: the best version wins in any order, spaces or not", () => {
  for (const header of ["1.2,1.1,1.0", "1.0,1.2,1.1", "1.2, 1.1", " 1.2", "1.1 ,\t1.2 "]) {
    assert.equal(negotiateVersion(header), "1.2", header);
  }
});

Deno.test("C40: no accept-version is 1.0", () => {
  assert.equal(negotiateVersion(undefined), "1.0");
});

Deno.test("C41: no version in common is an error that names those there are", () => {
  for (const header of ["2.0", "100.1", "", ",", "1", "1.20", "v1.2", "1.2;1.1"]) {
    assert.throws(() => negotiateVersion(header), {
      code: "unsupported-version",
      closeCode: 1002,
      headers: { version: "1.0,1.1,1.2" },
      detail: "Supported protocol versions are 1.0,1.1,1.2",
    }, header);
  }
});
