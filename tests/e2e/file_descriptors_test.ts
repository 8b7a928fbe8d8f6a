import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import type { Setup } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";
const FILES = 200;

/**
 * The runtime's own server says when it ran out. Its node:http server does not, so the hardened front
 * has to look for it, and a listener that is opened while files are still short may be lost.
 */
function nativeSetups(name: string, run: (env: Setup) => Promise<void>): void {
  for (const WORKERS of ["1", "2"]) {
    Deno.test(`${name} (${WORKERS} workers)`, () => run({ WORKERS }));
  }
}

/** Connects until the server has no file descriptor left for another one. */
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

nativeSetups(
  "F24: out of file descriptors, the waiting stay, and it accepts again",
  async (env) => {
    // Told that it has room for more than the system gives it.
    await using service = await Service.start({ ...env, MAX_CONNECTIONS: "10000" }, {
      files: FILES,
    });
    const token = await visitorToken("room");
    const connect = () => StompSocket.visitor(service.port, token, CONFERENCE);
    const visitors = await Promise.all(Array.from({ length: 10 }, connect));
    const flood = await exhaust(service.port);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const conn of flood) conn.close();
    await eventually("it answers again", async () => {
      const response = await fetch(`${service.http}/health`).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status === 200;
    });
    // Each worker listens again by itself, so the port may be closed once more for a moment.
    await eventually(
      "a visitor is let in",
      () => connect().then((visitor) => visitors.push(visitor) > 0, () => false),
    );
    assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 11);
    for (using visitor of visitors) assert.equal((await visitor.message()).status, "live");
  },
);
