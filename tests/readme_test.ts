import assert from "node:assert/strict";
import { parseDestination } from "../src/doors/stomp/destination.ts";
import { STOMP_PATHS } from "../src/doors/stomp/endpoint.ts";
import { VISITORS_LIST_PATHS } from "../src/doors/visitors_list/endpoint.ts";
import { parseListDestination } from "../src/doors/visitors_list/destination.ts";
import type { ListRouteOptions } from "../src/doors/visitors_list/route_options.ts";
import { listRoutes } from "../src/doors/visitors_list/routes.ts";
import { testApp } from "./http/support.ts";
import { eventsTables } from "./support/events_table.ts";
import { readProjectFile } from "./support/import_graph.ts";
import { Nginx } from "./support/nginx.ts";
import { freePort, get } from "./support/operator.ts";
import { requireProgram } from "./support/programs.ts";
import { RawWebSocket } from "./support/raw_websocket.ts";
import { goLive } from "./support/rest.ts";
import { Service } from "./support/service.ts";
import { withSettingsTable } from "./support/settings_table.ts";
import { frame, parse, VISITOR_TOPIC } from "./support/stomp_socket.ts";
import { visitorToken } from "./support/tokens.ts";

const README = readProjectFile("README.md");
const CONFERENCE = "townhall@conference.meet.example";

const SOCKETS = [...STOMP_PATHS, ...VISITORS_LIST_PATHS];

/** The first column of the table below a heading. */
function firstColumn(heading: string): string[] {
  const section = README.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))!;
  return section.split("\n").filter((line) => line.startsWith("|")).slice(2)
    .map((line) => line.split("|")[1]!.trim().replaceAll("`", ""));
}

function codeBlock(language: string): string {
  return README.match(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "m"))![1]!;
}

Deno.test("the table of settings is what the settings say", () => {
  assert.equal(withSettingsTable(README), README, "Run: deno task docs");
});

Deno.test("the table of events is what the door declares", () => {
  for (const { path, is, should } of eventsTables()) {
    assert.equal(should, is, `${path}: run deno task docs`);
  }
});

Deno.test("the table of endpoints has every endpoint, and no other", async () => {
  const groups = [listRoutes({} as ListRouteOptions)];
  const document = await (await testApp({ groups }).get("/openapi.json")).json();
  const rest = Object.entries<Record<string, unknown>>(document.paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((m) => `${m.toUpperCase()} ${path}`));
  const listed = firstColumn("Endpoints");
  const sockets = listed.filter((line) => SOCKETS.includes(line.replace("GET ", "")));
  const served = [...rest.filter((line) => !line.endsWith("/openapi.json")), "GET /openapi.json"];
  assert.deepEqual(listed.filter((line) => !sockets.includes(line)).sort(), served.sort());
  assert.ok(sockets.length > 0);
  for (const path of SOCKETS) assert.ok(README.includes(path), path);
});

Deno.test("the table of destinations has those that there are", () => {
  const listed = firstColumn("Destinations and messages");
  const ofList = listed.filter((destination) => destination.includes("/visitors-list/"));
  const ofQueue = listed.filter((destination) => !ofList.includes(destination));
  assert.deepEqual(ofList.map((line) => parseListDestination(line.replaceAll(/[{}]/g, ""))), [
    { kind: "queue", meeting: "meetingId" },
    { kind: "topic", meeting: "meetingId" },
  ]);
  assert.deepEqual(ofQueue.map(parseDestination), [
    { audience: "visitors", conference: "{conference}" },
    { audience: "moderators", conference: "{conference}" },
  ]);
});

Deno.test("every task that is named exists, for this version of Deno, and the gate runs it", () => {
  const { tasks } = JSON.parse(readProjectFile("deno.json"));
  for (const file of ["README.md", "CONTRIBUTING.md", "examples/README.md", ".ci/run"]) {
    for (const [, task] of readProjectFile(file).matchAll(/\bdeno task (\w+)/g)) {
      assert.ok(tasks[task!], `${file}: deno task ${task}`);
    }
  }
  for (const [, version] of README.matchAll(/\bdeno@([\d.]+\d)/g)) {
    assert.equal(version, Deno.version.deno);
  }
  assert.ok(README.includes(`Deno](https://deno.com) ${Deno.version.deno}`));
  assert.match(readProjectFile(".ci/run"), /^stage tests deno task test /m);
});

Deno.test("every file that is linked exists", () => {
  for (
    const file of [
      "README.md",
      "CONTRIBUTING.md",
      "docs/architecture.md",
      "docs/jitsi.md",
      "docs/redis.md",
      "examples/README.md",
      "examples/kubernetes/README.md",
      "examples/systemd/README.md",
    ]
  ) {
    const from = new URL(`../${file}`, import.meta.url);
    for (const [, link] of readProjectFile(file).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^https?:/.test(link!)) continue;
      const { isFile, isDirectory } = Deno.statSync(new URL(link!, from));
      assert.ok(isFile || isDirectory, `${file}: ${link}`);
    }
  }
});

if (requireProgram("nginx", ["-v"])) {
  Deno.test("F27: behind nginx as described, visitors get through and nobody else", async () => {
    await using service = await Service.start({ DOORS: "queue,visitors-list" });
    const directives = codeBlock("nginx").replace("127.0.0.1:8060", `127.0.0.1:${service.port}`);
    await using nginx = await Nginx.start(freePort(), directives);
    const path = "/waiting-queue/visitor/websocket";
    using visitor = await RawWebSocket.handshake(nginx.port, { path });
    assert.equal(visitor.status, 101);
    for (const other of ["state", "state/websocket", "moderator", "visitor"]) {
      using socket = await RawWebSocket.handshake(nginx.port, { path: `/waiting-queue/${other}` });
      assert.equal(socket.status, 101, other);
    }
    const Authorization = `Bearer ${await visitorToken("townhall")}`;
    await visitor.text(frame("CONNECT", { "accept-version": "1.2", Authorization }));
    assert.equal(parse(await visitor.readText()).command, "CONNECTED");
    const destination = VISITOR_TOPIC + CONFERENCE;
    await visitor.text(frame("SUBSCRIBE", { id: "1", destination, receipt: "s" }));
    assert.equal(parse(await visitor.readText()).command, "RECEIPT");
    assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 1);
    assert.equal(parse(await visitor.readText()).command, "MESSAGE");
    for (
      const hidden of [
        "/golive",
        "/waiting-queue/golive",
        "/waiting-queue/metrics",
        "/waiting-queue/visitors-list/events",
      ]
    ) {
      assert.equal((await get(`http://127.0.0.1:${nginx.port}${hidden}`)).status, 404, hidden);
    }
    const list = await get(`http://127.0.0.1:${nginx.port}/waiting-queue/visitors-list/websocket`);
    assert.equal(list.status, 404, "a clean answer, never a hang");
  });
}
