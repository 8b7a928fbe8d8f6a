import assert from "node:assert/strict";
import { load } from "../../src/commands/load.ts";
import { eventually } from "../support/eventually.ts";
import { Service } from "../support/service.ts";
import { KEYS, type Ran, run } from "./support.ts";

const CONFERENCE = "load@conference.meet.example";

/** Runs the command against a service with the same keys. */
function runLoad(url: string, ...args: string[]): Promise<Ran> {
  return run(load, ["--url", url, "--conference", CONFERENCE, ...args]);
}

Deno.test("two hundred visitors wait, are told, and drawn", async () => {
  await using service = await Service.start({ ...KEYS, RELEASE_RATE: "200" });
  const svg = await Deno.makeTempFile({ suffix: ".svg" });
  const { code, out, err } = await runLoad(
    `${service.ws}/waiting-queue`,
    ...["--visitors", "200", "--processes", "2", "--golive", "--json", "--svg", svg],
  );
  assert.equal(code, 0, out + err);
  const said = JSON.parse(out);
  assert.deepEqual(
    [said.ok, said.wanted, said.waited, said.visitorsWaiting, said.told, said.repeated],
    [true, 200, 200, 200, 200, 0],
  );
  assert.deepEqual(said.failures, {});
  const { least, median, p95, p99, most } = said.toldMs;
  assert.ok(0 <= least && least < median && median < p95 && p95 <= p99 && p99 <= most);
  // 199 intervals of 5 ms, less what the clocks of the two sides differ.
  assert.ok(most - least > 900, `all within ${most - least} ms`);
  const lines = err.trimEnd().split("\n");
  assert.equal(
    lines[0],
    `200 visitors will wait for ${CONFERENCE} at ${service.ws}/waiting-queue/visitor/websocket, ` +
      `1,000 a second from 2 processes; then POST ${service.http}/waiting-queue/golive`,
  );
  assert.ok(lines.includes("waiting 200/200") && lines.includes("told 200/200"), err);
  assert.match(await Deno.readTextFile(svg), /200 of 200 visitors told live/);
  await Deno.remove(svg);
});

Deno.test("each visitor may have a token of its own", async () => {
  await using service = await Service.start({ ...KEYS, RELEASE_RATE: "0" });
  const { code, out, err } = await runLoad(service.ws, "--visitors=20", "--distinct", "--golive");
  assert.equal(code, 0, out + err);
  assert.match(out, /^visitors {4}20 of 20 waited\nconnecting .*\ngo-live .*; 20 waited\n/);
  assert.match(out, /\ntold {8}20 of 20, [\d,]+ a second\nafter {7}.*\(median\).*\(last\)\n$/);
});

Deno.test("a conference that is live already fails the run, which says what to do", async () => {
  await using service = await Service.start({ ...KEYS, RELEASE_RATE: "0" });
  assert.equal((await runLoad(service.ws, "--visitors=5", "--golive")).code, 0);
  const { code, out, err } = await runLoad(service.ws, "--visitors=5", "--golive");
  assert.equal(code, 1, out);
  assert.match(err, /is live already.*--conference.*POST .*\/endlive/);
});

Deno.test("without --conference each run has a new one, on the domain of the settings", async () => {
  const XMPP_MUC_DOMAIN = "muc.meet.example";
  await using service = await Service.start({ ...KEYS, RELEASE_RATE: "0", XMPP_MUC_DOMAIN });
  const args = ["--url", service.http, "--visitors=5", "--golive"];
  for (let i = 0; i < 2; i++) {
    const { code, out, err } = await run(load, args, { env: { ...KEYS, XMPP_MUC_DOMAIN } });
    assert.equal(code, 0, out + err);
    assert.match(err, /will wait for load-[0-9a-f]{8}@muc\.meet\.example at ws:/);
  }
});

Deno.test("a picture that cannot be written is found out before the run", async () => {
  const svg = "/no-such-folder/load.svg";
  const { code, err } = await run(load, ["--url", "ws://127.0.0.1:1", "--svg", svg]);
  assert.equal(code, 2);
  assert.match(err, /^--svg: cannot write \/no-such-folder\/load\.svg/);
});

Deno.test("without a go-live they wait and leave", async () => {
  await using service = await Service.start(KEYS);
  const { code, out, err } = await runLoad(service.ws, "--visitors", "5", "--hold", "1s");
  assert.equal(code, 0, out + err);
  assert.match(err, /; then they wait 1 s and leave\n/);
  assert.match(out, /^visitors {4}5 of 5 waited\nconnecting .*\n$/);
});

Deno.test("it fails when not everybody is told in time, and says how many were", async () => {
  await using service = await Service.start({ ...KEYS, RELEASE_RATE: "0.2" });
  const args = ["--visitors", "5", "--golive", "--patience", "1s"];
  const { code, out } = await runLoad(service.ws, ...args);
  assert.equal(code, 1);
  assert.match(out, /\ntold {8}1 of 5\n/);
});

Deno.test("it fails when visitors are refused, and says why", async () => {
  await using service = await Service.start(KEYS);
  const token = ["--token", "no.such.token"];
  const refused = await runLoad(service.ws, "--visitors", "3", ...token, "--hold", "1s");
  assert.equal(refused.code, 1);
  assert.equal(
    refused.out,
    "visitors    0 of 3 waited\nfailed      3: ERROR: Authentication failed\n",
  );
  const elsewhere = await runLoad(`${service.ws}/elsewhere`, "--visitors", "2");
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.out, /\nfailed {6}2: the upgrade was answered with 404\n/);
});

Deno.test("it fails where nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { code, out } = await runLoad(`ws://127.0.0.1:${port}`, "--visitors", "2", "--golive");
  assert.equal(code, 1);
  assert.match(out, /\nfailed {6}2: ECONNREFUSED\n/);
});

Deno.test("it fails when the go-live is refused, and shows the answer", async () => {
  await using service = await Service.start(KEYS);
  const token = ["--system-token", "no.such.token"];
  const { code, out, err } = await runLoad(service.ws, "--visitors", "2", "--golive", ...token);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /Failed: POST http:.*\/golive: 401: /);
});

Deno.test("visitors whose connection ends before they are told are not told", async () => {
  await using service = await Service.start({ ...KEYS, RELEASE_RATE: "1" });
  const running = runLoad(service.ws, "--visitors", "4", "--golive", "--json");
  await eventually("somebody is told", async () => {
    const metrics = await (await fetch(`${service.http}/metrics`)).text();
    return /^waiting_queue_visitors_told_total [1-9]/m.test(metrics);
  });
  service.kill("SIGKILL");
  const { code, out } = await running;
  assert.equal(code, 1);
  const { told, failures } = JSON.parse(out);
  assert.ok(told < 4);
  assert.equal(Object.values<number>(failures).reduce((a, b) => a + b), 4 - told);
});

Deno.test("arguments that cannot be used are told before anything is done", async () => {
  const url = "ws://127.0.0.1:1";
  const wrong: [string[], RegExp][] = [
    [[], /^Give the service: --url/],
    [["--url", "ftp://127.0.0.1"], /^--url is not an address/],
    [["--url", `${url}/?token=x`], /tokens have options of their own/],
    [["--url", url, "--backend", "ws://127.0.0.1"], /^--backend is not an address: write http:/],
    [["--url", url, "--ca", "/nowhere"], /^--ca: cannot read .nowhere: NotFound/],
    [["--url", url, "--visitors", "0"], /^--visitors takes a whole number from 1 to 10000000/],
    [["--url", url, "--visitors", "many"], /^--visitors takes a whole number/],
    [["--url", url, "--visitors", "50000", "--processes", "2"], /--processes 3 or more/],
    [["--url", url, "--token", "t", "--distinct"], /^--distinct makes tokens/],
    [["--url", url, "--hold", "soon"], /^Cannot use the duration/],
    [["--url", url, "extra"], /^All of its arguments have names/],
    [["--url", url, "--loud"], /^Unknown option/],
  ];
  for (const [args, expected] of wrong) {
    const { code, out, err } = await run(load, args);
    assert.deepEqual([code, out], [2, ""], args.join(" "));
    assert.match(err, expected);
  }
  const keyless = await run(load, ["--url", url], { env: {} });
  assert.equal(keyless.code, 2);
  assert.match(keyless.err, /^Cannot sign: no key is set/);
});
