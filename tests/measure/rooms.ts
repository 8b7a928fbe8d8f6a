/**
 * What the rooms door costs: requests a second of one worker beside the bare server's, the idle cost
 * of ten thousand leases, how late they end, and how soon a restart is ready.
 *
 *     deno run -A tests/measure/rooms.ts
 *
 * @module
 */

import { type Guest, REPORT, Target } from "../doors/rooms/client.ts";
import { startRooms } from "../doors/rooms/service.ts";
import { eventually } from "../support/eventually.ts";
import { RedisServer } from "../support/redis.ts";
import type { Service } from "../support/service.ts";
import { cpuSeconds, machine, pause, print } from "./setting.ts";

const SECONDS = 5;
const AT_ONCE = 32;
const ROOMS = 2_000;
const IN_EACH = 5;
const LEASE_SEC = 90;

/** Many more requests than a client makes. */
const MANY = { ROOMS_MAX_PER_OWNER: "1000", ROOMS_MAX_SIZE: "5" };

/** With connections that stay open, as those of browsers do. */
function keepAlive({ http }: Service): Target {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: AT_ONCE });
  return new Target(http, async (request) => {
    const response = await fetch(request, { client });
    const body = response.status === 204 ? null : await response.arrayBuffer();
    return new Response(body, response);
  });
}

/** Works in turns, so many at once, for so long; gives how many a second. */
async function rate(work: (n: number) => Promise<{ status: number }>): Promise<number> {
  const end = performance.now() + SECONDS * 1_000;
  let [done, n] = [0, 0];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (performance.now() < end) {
      const { status } = await work(n++);
      if (status >= 300) throw new Error(`answered ${status}`);
      done++;
    }
  }));
  return done / SECONDS;
}

/** Guests of many rooms, so that no bound of one is met. */
async function crowd(target: Target, rooms: number, inEach: number) {
  const found: { room: string; guest: Guest }[] = [];
  let owner = await target.register();
  for (let i = 0; i < rooms; i++) {
    if (i % 500 === 499) owner = await target.register();
    const room = await owner.create({ maxSize: IN_EACH });
    const guests = Array.from({ length: inEach }, () => target.guest());
    await Promise.all(guests.map((guest) => guest.join(room, 100)));
    found.push(...guests.map((guest) => ({ room, guest })));
    if (inEach < IN_EACH && rooms === ROOMS) await owner.join(room, 100);
  }
  return found;
}

async function throughput(name: string, env: Record<string, string>): Promise<void> {
  await using service = await startRooms({ ...MANY, ...env });
  const target = keepAlive(service);
  const guests = await crowd(target, 200, 4);
  // Those of one room not one after the other.
  const at = (n: number) => guests[n * 7 % guests.length]!;
  const bare = await rate(() => target.request("GET", "/health"));
  const refresh = await rate((n) => at(n).guest.act(at(n).room, "refresh"));
  const status = await rate((n) => at(n).guest.status(at(n).room, REPORT));
  // Each joins again by its own token, one after the other.
  const busy = new Set<number>();
  const join = await rate(async (n) => {
    let i = n % guests.length;
    while (busy.has(i)) i = (i + 1) % guests.length;
    busy.add(i);
    const answer = await guests[i]!.guest.join(guests[i]!.room, 100);
    busy.delete(i);
    return answer;
  });
  const row = { bare, refresh, status, join };
  for (const [what, perSec] of Object.entries(row)) {
    const part = (perSec / bare).toFixed(2);
    print(`${name.padEnd(10)} ${what.padEnd(8)} ${perSec.toFixed(0).padStart(6)}/s  ${part}`);
  }
  print(`${name.padEnd(10)} a status costs ${(refresh / status).toFixed(2)} x a refresh`);
}

async function endedIn({ http }: Service): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const line = /rooms_events_total\{event="left",reason="expired"\} (\d+)/.exec(text);
  return Number(line?.[1] ?? 0);
}

async function leases(env: Record<string, string>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rooms-" });
  const settings = {
    ...MANY,
    KV_PATH: `${folder}/rooms.sqlite3`,
    ROOMS_PARTICIPANT_TTL_SEC: String(LEASE_SEC),
    WORKERS: "2",
    ...env,
  };
  let service = await startRooms(settings);
  await crowd(keepAlive(service), ROOMS, IN_EACH - 1);
  const lastJoin = performance.now();
  const before = cpuSeconds(service);
  await pause(20_000);
  const idle = (cpuSeconds(service) - before) / 20 * 100;
  print(`${ROOMS * IN_EACH} leases in ${ROOMS} rooms: ${idle.toFixed(1)} % of a core idle`);
  const left = LEASE_SEC * 1_000 - (performance.now() - lastJoin);
  await pause(left);
  await eventually("all have ended", async () => await endedIn(service) === ROOMS * IN_EACH);
  const late = performance.now() - lastJoin - LEASE_SEC * 1_000;
  print(`the last end was told ${(late / 1_000).toFixed(1)} s after its moment, at most`);
  service.kill("SIGKILL");
  await service.exited;
  const began = performance.now();
  service = await startRooms(settings);
  const room = await (await keepAlive(service).register()).create();
  const ready = performance.now() - began;
  print(
    `with ${ROOMS} rooms it has made another ${(ready / 1_000).toFixed(1)} s after a start`,
  );
  if (room === "") throw new Error("no room");
  service.kill("SIGKILL");
  await service.exited;
  await Deno.remove(folder, { recursive: true });
}

print(machine());
const folder = await Deno.makeTempDir({ prefix: "rooms-" });
await throughput("embedded", { KV_PATH: `${folder}/rooms.sqlite3` });
{
  await using redis = await RedisServer.start("--appendonly", "yes");
  await throughput("redis", { REDIS_URL: redis.url });
}
await leases({});
await Deno.remove(folder, { recursive: true });
