import assert from "node:assert/strict";
import { FILE_CHECK_MS, readPublicKeys } from "../../src/auth/pem_key_source.ts";
import { systemFiles } from "../../src/auth/public_key_files.ts";
import { LogLines } from "../support/log_lines.ts";
import { type Setup, setup, type Signer, signer, verdict, visitorClaims } from "./support.ts";

let serial = 0;

async function judged(s: Setup, by: Signer): Promise<string> {
  return await verdict(s.auth, await by.sign(visitorClaims(s.now, { jti: `f${serial++}` })));
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("each of several key files signs, whatever the kid of a token", async () => {
  await withFolder(async (folder) => {
    const [prosody, jigasi] = [signer(), signer("p256")];
    await Deno.writeTextFile(`${folder}/a.pem`, prosody.pem);
    await Deno.writeTextFile(`${folder}/b.key`, jigasi.pem);
    await using s = setup({ client: { publicKey: `${folder}/a.pem, ${folder}/b.key,` } });
    assert.equal(await judged(s, prosody), "accepted");
    assert.equal(await judged(s, jigasi), "accepted");
    assert.equal(await judged(s, signer()), "signature");
    assert.equal(await judged(s, signer("rsa2048")), "algorithm");
  });
});

Deno.test("a folder is its .pem files; who comes is taken, and who goes ends", async () => {
  await withFolder(async (folder) => {
    const [first, second] = [signer(), signer()];
    await Deno.writeTextFile(`${folder}/first.pem`, first.pem);
    await Deno.writeTextFile(`${folder}/README`, "no key");
    await Deno.writeTextFile(`${folder}/.hidden.pem`, "no key");
    await using s = setup({ client: { publicKey: `${folder}/` } });
    assert.equal(await judged(s, first), "accepted");
    assert.equal(await judged(s, second), "signature");
    await Deno.writeTextFile(`${folder}/second.pem`, second.pem);
    await s.clock.advance(FILE_CHECK_MS);
    assert.equal(await judged(s, second), "accepted");
    assert.equal(await judged(s, first), "accepted");
    const token = await first.sign(visitorClaims(s.now));
    assert.equal(await verdict(s.auth, token), "accepted");
    await Deno.remove(`${folder}/first.pem`);
    await s.clock.advance(FILE_CHECK_MS);
    assert.equal(await judged(s, second), "accepted");
    assert.equal(await verdict(s.auth, token), "signature");
  });
});

Deno.test("a file that is missing, forbidden, out of reach or no key is told with its path", async () => {
  await withFolder(async (folder) => {
    const failing = (error: Error) => ({
      ...systemFiles,
      read: () => {
        throw error;
      },
    });
    const path = `${folder}/client.pem`;
    const table: [Error, RegExp][] = [
      [new Deno.errors.NotFound(), /there is no file .*client\.pem/],
      [new Deno.errors.PermissionDenied(), /client\.pem may not be read by the user/],
      [new Deno.errors.NotCapable(), /client\.pem is outside of the folders .*--allow-read/],
      [new Error("disk on fire"), /client\.pem cannot be read: disk on fire/],
    ];
    for (const [error, message] of table) {
      assert.throws(() => readPublicKeys(path, failing(error)), { message });
    }
    assert.throws(() => readPublicKeys(folder), { message: /has no file whose name ends with/ });
    await Deno.writeTextFile(path, "x");
    assert.throws(() => readPublicKeys(path), { message: /client\.pem: it is not a public key/ });
    for (let i = 0; i < 40; i++) await Deno.writeTextFile(`${folder}/${i}.pem`, signer().pem);
    assert.throws(() => readPublicKeys(folder), { message: /41 key files, and 32 are taken/ });
  });
});

Deno.test("a key that stands where its path belongs is not shown", () => {
  const base64 = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
  assert.throws(() => readPublicKeys(base64), (error: Error) => !error.message.includes("MCow"));
});

Deno.test("a key file that is replaced by a bad one is told once, and once when that ends", async () => {
  await withFolder(async (folder) => {
    using log = new LogLines();
    const [key, next] = [signer(), signer()];
    const path = `${folder}/k.pem`;
    await Deno.writeTextFile(path, key.pem);
    await using s = setup({ client: { publicKey: path } });
    for (let i = 0; i < 3; i++) {
      await Deno.writeTextFile(path, "half a key");
      await s.clock.advance(FILE_CHECK_MS);
      assert.equal(await judged(s, key), "accepted");
    }
    assert.equal(log.lines.length, 1, log.said.join("\n"));
    assert.equal(log.lines[0]!.level, "warning");
    assert.match(log.lines[0]!.message, /stays in use: .*k\.pem: it is not a public key/);
    await Deno.writeTextFile(path, next.pem);
    await s.clock.advance(FILE_CHECK_MS);
    assert.equal(await judged(s, next), "accepted");
    assert.match(log.said[1]!, /^info: All key files can be read again/);
    assert.match(log.said[2]!, /^info: The public key in .*k\.pem is not used any more/);
    assert.equal(log.lines.length, 3);
  });
});
