import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Tab } from "../support/browser.ts";
import { inBrowser } from "../support/chromium.ts";
import { requireProgram } from "../support/programs.ts";
import { post } from "../support/rest.ts";
import { eventsToken, publish } from "../support/events_client.ts";
import { KEYS, Service } from "../support/service.ts";
import { TextLineStream } from "../support/text_line_stream.ts";
import { moderatorToken, visitorToken } from "../support/tokens.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const CONFERENCE = "townhall@conference.acme.meet.example";

const DEMO = { JWT_APP_SECRET: "", SYSTEM_JWT_SECRET: "" };

/** Runs golive.sh; resolves with its exit code and what it wrote. */
async function golive(
  args: string[],
  env: Readonly<Record<string, string>>,
): Promise<[number, string]> {
  const script = fileURLToPath(new URL("golive.sh", EXAMPLES));
  const { code, stdout } = await new Deno.Command("sh", {
    args: [script, ...args],
    env: { PATH: Deno.env.get("PATH") ?? "", ...env },
    clearEnv: true,
    stderr: "null",
  }).output();
  return [code, new TextDecoder().decode(stdout)];
}

/** Registers a test of golive.sh, where what it calls is there. */
function withItsPrograms(name: string, run: () => Promise<void>): void {
  const all = [requireProgram("curl"), requireProgram("openssl", ["version"])];
  if (all.every(Boolean)) Deno.test(name, run);
}

/** A server for the examples, as any that serves files, on a port of its own. */
function serveExamples(): Deno.HttpServer<Deno.NetAddr> {
  const types: Record<string, string> = { html: "text/html", js: "text/javascript" };
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const type = types[pathname.split(".").at(-1)!] ?? "application/octet-stream";
    try {
      const content = await Deno.readFile(new URL(pathname.slice(1), EXAMPLES));
      return new Response(content, { headers: { "content-type": type } });
    } catch {
      return new Response("Not found", { status: 404 });
    }
  });
}

inBrowser(
  "visitor.html waits and gets in, served from another origin than the service",
  async () => {
    await using service = await Service.start(DEMO);
    await using files = serveExamples();
    await using tab = await Tab.open();
    const answer = await fetch(`${service.http}/demo/tokens?room=townhall`);
    const { conference, visitor, system } = await answer.json();
    const given = new URLSearchParams({
      service: `127.0.0.1:${service.port}/waiting-queue`,
      conference,
      token: visitor,
    });
    await tab.page.goto(`http://127.0.0.1:${files.addr.port}/visitor.html#${given}`);
    await tab.page.locator("[data-state='waiting']").waitFor();
    const went = await post(service, "/golive", { conference }, `Bearer ${system}`);
    assert.deepEqual(await went.json(), { conference, status: "live", visitorsWaiting: 1 });
    await tab.page.locator("[data-state='joined']").waitFor();
  },
);

inBrowser(
  "visitor.html says why the service refuses a token, without trying for ever",
  async () => {
    await using service = await Service.start(DEMO);
    await using files = serveExamples();
    await using tab = await Tab.open();
    await tab.page.goto(`http://127.0.0.1:${files.addr.port}/visitor.html`);
    await tab.page.fill("[name=service]", `127.0.0.1:${service.port}`);
    await tab.page.fill("[name=conference]", "townhall@conference.demo");
    await tab.page.fill("[name=token]", "not-a-token");
    await tab.page.click("button");
    await tab.page.locator("[data-state='error']").waitFor();
    assert.notEqual(await tab.text("#state span"), "");
    assert.equal(await tab.page.isEnabled("button"), true);
  },
);

inBrowser("visitor.html takes no script from a service that is on another machine", async () => {
  await using files = serveExamples();
  await using tab = await Tab.open();
  const given = "service=queue.example/x&conference=a@conference.demo&token=t";
  await tab.page.goto(`http://127.0.0.1:${files.addr.port}/visitor.html#${given}`);
  await tab.page.locator("[data-state='error']").waitFor();
  assert.match(await tab.text("#state span"), /stomp\.umd\.js/);
  assert.deepEqual(tab.requested.filter((url) => url.includes("queue.example/")), []);
});

withItsPrograms(
  "golive.sh makes a token that the service takes, goes live, and takes it back",
  async () => {
    await using service = await Service.start();
    const env = {
      SERVICE: `${service.http}/waiting-queue`,
      SYSTEM_JWT_SECRET: KEYS.SYSTEM_JWT_SECRET,
    };
    const [code, body] = await golive([CONFERENCE], env);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(body), {
      conference: CONFERENCE,
      status: "live",
      visitorsWaiting: 0,
    });
    const [endCode, end] = await golive(["-e", CONFERENCE], env);
    assert.equal(endCode, 0);
    assert.equal(JSON.parse(end).status, "waiting");
  },
);

withItsPrograms(
  "golive.sh fails where the service refuses, and where something is missing",
  async () => {
    await using service = await Service.start();
    const SERVICE = service.http;
    const [refused, body] = await golive([CONFERENCE], { SERVICE, SYSTEM_JWT_SECRET: "another" });
    assert.notEqual(refused, 0);
    assert.equal(JSON.parse(body).status, 401);
    assert.equal((await golive([CONFERENCE], { SERVICE }))[0], 2);
    assert.equal((await golive([], { SERVICE, TOKEN: "t" }))[0], 2);
    assert.equal((await golive(['a"b@c'], { SERVICE, TOKEN: "t" }))[0], 2);
  },
);

Deno.test("moderator.js prints the count, and ends when the service refuses its token", async () => {
  await using service = await Service.start();
  const run = (token: string) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", fileURLToPath(new URL("moderator.js", EXAMPLES))],
      env: { SERVICE: service.ws, CONFERENCE, TOKEN: token },
      stdout: "piped",
      stderr: "null",
    }).spawn();
  const watching = run(await moderatorToken("townhall"));
  const lines = watching.stdout.pipeThrough(new TextLineStream()).getReader();
  assert.match((await lines.read()).value ?? "", /^\d\d:\d\d:\d\d +0$/);
  watching.kill("SIGINT");
  assert.equal((await watching.status).code, 0);
  await lines.cancel();
  const refused = run(await visitorToken("townhall"));
  await refused.stdout.cancel();
  assert.equal((await refused.status).code, 1);
});

for (const names of ["*", "endpoint_status_update, user_status_update"]) {
  inBrowser(
    `W46: events.html shows what comes after start, and how it ends (${names})`,
    async () => {
      await using service = await Service.start({ DOORS: "queue,events" });
      await using files = serveExamples();
      await using tab = await Tab.open();
      await tab.page.goto(`http://127.0.0.1:${files.addr.port}/events.html`);
      await tab.page.fill("[name=socket]", `${service.ws}/`);
      const exp = Date.now() / 1_000 + 5;
      await tab.page.fill("[name=token]", await eventsToken({ claims: { exp } }));
      await tab.page.fill("[name=events]", names);
      await tab.page.click("button");
      const shows = (text: string) => tab.page.locator("pre").filter({ hasText: text }).waitFor();
      await shows("waiting for messages");
      const event = { name: "user_status_update", required_acl: null, data: { status: "away" } };
      await publish(service, event);
      await shows(`message received: ${JSON.stringify(event)}`);
      await shows("closed with code 4003 and reason 'authentication expired'");
    },
  );
}
