import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { requireProgram } from "../support/programs.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { waitAt } from "./line.ts";
import { eachSetup, type Setup } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";
const FILES = 200;
const WAITING = 10;

/** Told that it has room for more than the system gives it. */
function start(env: Setup): Promise<Service> {
  return Service.start({ ...env, MAX_CONNECTIONS: "10000" }, { files: FILES });
}

/** Connects more often than the service has file descriptors, until it is refused or has enough. */
async function exhaust(port: number): Promise<Deno.Conn[]> {
  const flood: Deno.Conn[] = [];
  try {
    for (let i = 0; i < FILES + 50; i++) {
      flood.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
  } catch {
    // Nobody listens for a moment: that is how the runtime says that it ran out.
  }
  return flood;
}

/** Changes how many files a running process may have open (prlimit of util-linux). */
async function limitFiles({ pid }: Service, count: number): Promise<void> {
  const { success } = await new Deno.Command("prlimit", {
    args: ["--pid", String(pid), `--nofile=${count}:`],
  }).output();
  assert.ok(success);
}

/** Whether it takes a request now. */
async function answers(service: Service): Promise<boolean> {
  const signal = AbortSignal.timeout(1_000);
  const response = await fetch(`${service.http}/health`, { signal }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status === 200;
}

/** Waits until a visitor is let in, and lets the conference go live: all hear it. */
async function acceptsAgain(service: Service, visitors: StompSocket[]): Promise<void> {
  const token = await visitorToken("room");
  await eventually("it answers again", () => answers(service));
  // Each worker listens again by itself, so the port may be closed once more for a moment.
  await eventually("a visitor is let in", async () => {
    const visitor = StompSocket.visitor(service.port, token, CONFERENCE);
    return await visitor.then((socket) => visitors.push(socket) > 0, () => false);
  });
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, WAITING + 1);
  for (using visitor of visitors) assert.equal((await visitor.message()).status, "live");
}

eachSetup("F24: a flood of connections: the waiting stay, and it accepts again", async (env) => {
  await using service = await start(env);
  const visitors = await waitAt(service, CONFERENCE, WAITING);
  const flood = await exhaust(service.port);
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const conn of flood) conn.close();
  await acceptsAgain(service, visitors);
});

Deno.test("F08, F24: a flood that says nothing is cut after a while, and it accepts again (ws)", async () => {
  await using service = await start({ WEBSOCKET_SERVER: "ws" });
  const visitors = await waitAt(service, CONFERENCE, WAITING);
  const flood = await exhaust(service.port);
  try {
    await acceptsAgain(service, visitors);
  } finally {
    for (const conn of flood) conn.close();
  }
});

if (requireProgram("prlimit")) {
  eachSetup("F24: out of file descriptors: the waiting stay, and it accepts again", async (env) => {
    await using service = await start(env);
    const visitors = await waitAt(service, CONFERENCE, WAITING);
    await limitFiles(service, 20);
    // Whoever comes now cannot be accepted.
    const refused = await Promise.all([1, 2, 3, 4].map(() => answers(service)));
    assert.deepEqual(refused, [false, false, false, false]);
    await limitFiles(service, FILES);
    await acceptsAgain(service, visitors);
  });
}
