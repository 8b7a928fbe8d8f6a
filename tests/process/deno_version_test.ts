import assert from "node:assert/strict";
import { judge, NEEDED } from "../../src/process/deno_version.ts";
import { readProjectFile } from "../support/import_graph.ts";

Deno.test("the version that is needed is the one of these tests, the image and the gate", () => {
  assert.equal(NEEDED, Deno.version.deno);
  assert.ok(readProjectFile("Dockerfile").includes(`FROM denoland/deno:debian-${NEEDED}\n`));
  assert.ok(readProjectFile(".ci/run").includes(`DENO_VERSION=${NEEDED}\n`));
});

Deno.test("an older version is refused in a sentence that names the one that is needed", () => {
  assert.equal(judge(NEEDED), undefined);
  for (const version of ["1.46.3", "2.4.4", "2.9.5", "2.9.6-rc.1"]) {
    const { fit, text } = judge(version)!;
    assert.equal(fit, false, version);
    assert.ok(text.includes(`Deno ${NEEDED} is needed`) && text.includes(version), text);
    assert.ok(!text.includes("\n"), text);
  }
});

Deno.test("a newer version may do, and is told that nobody tried it", () => {
  for (const version of ["2.9.7", "2.10.0", "3.0.0"]) {
    const { fit, text } = judge(version)!;
    assert.equal(fit, true, version);
    assert.match(text, /^Tried with Deno [\d.]+ only/);
  }
});

Deno.test("the tasks of a newcomer look at the version first", () => {
  const { tasks } = JSON.parse(readProjectFile("deno.json"));
  for (const name of ["start", "dev", "test"]) {
    assert.match(tasks[name], /^deno run --quiet src\/process\/deno_version\.ts && /, name);
  }
});

Deno.test("what only tests need is not fetched by the tasks of the service", () => {
  const { imports, scopes } = JSON.parse(readProjectFile("deno.json"));
  const locked = (file: string) => Object.keys(JSON.parse(readProjectFile(file)).npm);
  const [forService, forTests] = [locked("deno.lock"), locked("tests/deno.lock")];
  for (const name of ["fast-check", "playwright-core", "stompjs", "webstomp-client"]) {
    const isLocked = (packages: string[]) => packages.some((each) => each.startsWith(`${name}@`));
    assert.ok(isLocked(forTests), `${name} is locked`);
    assert.match(scopes["./tests/"][name], /^\.\/tests\//, "a file, which no task fetches");
    assert.equal(imports[name], undefined, `${name} is in imports`);
    assert.ok(
      !isLocked(forService),
      "Run: deno task lock; then single tests with --lock=tests/deno.lock",
    );
  }
  assert.deepEqual(
    forService.filter((name) => !forTests.includes(name)),
    [],
    "in both, or in none",
  );
});
