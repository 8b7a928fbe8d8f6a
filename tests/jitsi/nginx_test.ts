/**
 * The location file of the kit in Debian's nginx, with a real visitor through it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { JitsiMeetClient } from "../support/jitsi_meet_client.ts";
import { Nginx } from "../support/nginx.ts";
import { freePort, get } from "../support/operator.ts";
import { requireProgram } from "../support/programs.ts";
import { OP } from "../support/raw_websocket.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { STOMPJS_7 } from "../support/stomp_libraries.ts";
import { StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

const FILE = new URL("../../examples/jitsi/nginx/waiting-queue.conf", import.meta.url);
const CONFIG = new URL("../../examples/jitsi/custom-config.js", import.meta.url);
const CONFERENCE = "townhall@conference.meet.example";
const [TIMEOUT_SEC, BEAT_MS] = [2, 250];

/** What jitsi-meet has beside it: a path of two parts is a room of a tenant. */
const TENANTS = 'location ~ ^/([^/?&:\'"]+)/(.*)$ { return 200 "a room of a tenant\\n"; }';

/** The file as it is, but for the queue's address and its long timeout. */
async function directives(queue: string): Promise<string> {
  const text = await Deno.readTextFile(FILE);
  for (const part of ["queue.meet.jitsi:8060", "3600s", "timeout 5s"]) {
    assert.ok(text.includes(part), part);
  }
  return TENANTS + text.replace("queue.meet.jitsi:8060", queue)
    .replaceAll("3600s", `${TIMEOUT_SEC}s`).replace("timeout 5s", "timeout 100ms");
}

if (requireProgram("nginx", ["-v"])) {
  Deno.test("a visitor waits through the kit's nginx for longer than its timeout, and is told", async () => {
    await using service = await Service.start({ HEARTBEAT_MS: String(BEAT_MS) });
    const queue = await directives(`127.0.0.1:${service.port}`);
    await using nginx = await Nginx.start(freePort(), queue);
    // One that jitsi-meet's client could be, but for its own patience: only nginx's counts here.
    const path = "/waiting-queue/visitor/websocket";
    const token = await visitorToken("townhall");
    const heartBeat = { "heart-beat": `0,${BEAT_MS}` };
    using visitor = await StompSocket.connect(nginx.port, token, heartBeat, path);
    await visitor.subscribe(VISITOR_TOPIC + CONFERENCE);
    await visitor.expect("RECEIPT");
    for (let beats = 0; beats * BEAT_MS < 2 * TIMEOUT_SEC * 1_000; beats++) {
      const next = await visitor.socket.read();
      assert.equal(next?.op, OP.text, "it is still there");
      assert.equal(new TextDecoder().decode(next!.payload), "\n");
    }
    await goLive(service, CONFERENCE);
    assert.equal((await visitor.message()).status, "live");
  });

  Deno.test("jitsi-meet's visitor is told through the kit's nginx, and leaves cleanly", async () => {
    await using service = await Service.start();
    const queue = await directives(`127.0.0.1:${service.port}`);
    await using nginx = await Nginx.start(freePort(), queue.replaceAll(`${TIMEOUT_SEC}s;`, "60s;"));
    await using visitor = new JitsiMeetClient(STOMPJS_7.newest);
    const queueService = `ws://127.0.0.1:${nginx.port}/waiting-queue`;
    visitor.waitForLive(queueService, CONFERENCE, await visitorToken("townhall"));
    await visitor.logged("connected");
    await goLive(service, CONFERENCE);
    await visitor.logged("joined");
    assert.deepEqual([visitor.connectCount, visitor.count("error")], [1, 0]);
  });

  Deno.test("what is for the inside does not exist on the kit's nginx", async () => {
    await using service = await Service.start();
    const queue = await directives(`127.0.0.1:${service.port}`);
    await using nginx = await Nginx.start(freePort(), queue);
    const outside = (path: string) => get(`http://127.0.0.1:${nginx.port}${path}`);
    const inside = [
      "golive",
      "endlive",
      "conferences",
      `conferences/${CONFERENCE}`,
      "metrics",
      "ready",
    ];
    for (
      const path of [...inside, "openapi.json", "visitors-list/events", "visitors-list/end", ""]
    ) {
      const { status, body } = await outside(`/waiting-queue/${path}`);
      assert.equal(status, 404, path);
      assert.match(body, /nginx/, path);
    }
    // Not even by a detour, which nginx takes out before it looks.
    assert.equal((await outside("/waiting-queue/visitor/%2e%2e/metrics")).status, 404);
    // These come to the service, which says that it wants a WebSocket.
    for (const path of ["visitor", "visitor/websocket", "state/websocket", "moderator"]) {
      assert.equal((await outside(`/waiting-queue/${path}`)).status, 426, path);
    }
    assert.match((await outside("/acme/townhall")).body, /tenant/);
  });

  Deno.test("the kit's nginx starts while the queue is absent", async () => {
    await using nginx = await Nginx.start(freePort(), await directives("queue.meet.invalid:8060"));
    const { status } = await get(`http://127.0.0.1:${nginx.port}/waiting-queue/visitor`);
    assert.equal(status, 502);
  });

  Deno.test("config.js tells browsers the queue at the host by which they came", async () => {
    const custom = await Deno.readTextFile(CONFIG);
    const folder = await Deno.makeTempDir();
    try {
      await Deno.chmod(folder, 0o755);
      await Deno.writeTextFile(`${folder}/config.js`, `var config = {};\n${custom}`);
      // As jitsi-meet's own nginx has it, in Docker and from packages.
      const ssi = `root ${folder}; types { application/javascript js; }
        ssi on; ssi_types application/x-javascript application/javascript;`;
      await using nginx = await Nginx.start(freePort(), ssi);
      const { body } = await get(`http://127.0.0.1:${nginx.port}/config.js`);
      const config = new Function(`${body}; return config;`)();
      assert.deepEqual(config, {
        visitors: { queueService: `127.0.0.1:${nginx.port}/waiting-queue` },
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
