/**
 * Whether anything grows in a service that is left alone with its visitors for long (F24): they come
 * and go, politely and not, are told and refused, while moderators watch.
 *
 *     deno run --allow-all tests/measure/soak.ts [minutes] [front] [workers] [visitors a second]
 *
 * Prints a line a minute. The exit code is 1 when memory grows, or when something is left after all
 * have gone.
 *
 * @module
 */

import type { Front } from "../e2e/setups.ts";
import { eventually } from "../support/eventually.ts";
import { get } from "../support/operator.ts";
import { residentMemory } from "../support/resident.ts";
import { endLive, goLive } from "../support/rest.ts";
import type { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { moderatorToken, visitorToken } from "../support/tokens.ts";
import { cpuSeconds, machine, pause, print, startService } from "./setting.ts";

const minutes = Number(Deno.args[0] ?? 60);
const front = (Deno.args[1] ?? "deno") as Front;
const WORKERS = Deno.args[2] ?? "2";
const rate = Number(Deno.args[3] ?? 20);

const ROOMS = 20;
/** A visitor waits so long at most, unless it is told. */
const STAY_MS = 30_000;
const MODERATORS = 5;
const MODERATE_MS = 10_000;
const GO_LIVE_MS = 2_000;
const LIVE_MS = 1_000;
const SAMPLE_MS = 5_000;
/** How much of its memory a service may seem to grow by in the second half. */
const MAX_GROWTH = 0.05;
/** Files that the first visitors make a process open for good. */
const MAX_FILES = 10;

const seen = { came: 0, told: 0, left: 0, lost: 0, refused: 0, lives: 0, counts: 0 };
const going = new AbortController();

interface Sample {
  readonly minute: number;
  readonly mib: number;
  readonly files: number;
}

function openFiles({ pid }: Service): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

function room(): string {
  return `room${Math.floor(Math.random() * ROOMS)}@conference.meet.example`;
}

/** Does `act` again and again, each time after a random part of twice `ms`, until the end. */
async function repeat(ms: number, act: () => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  while (!going.signal.aborted) {
    const done = act().catch((error) => {
      if (!going.signal.aborted) seen.lost++ < 5 && print(`lost: ${error}`);
    });
    running.add(done);
    done.finally(() => running.delete(done));
    await pause(Math.random() * 2 * ms);
  }
  await Promise.all(running);
}

/** Waits until told, or has had enough and leaves, with a goodbye or without. */
async function visit({ port }: Service, token: string): Promise<void> {
  seen.came++;
  using visitor = await StompSocket.visitor(port, token, room());
  const told = visitor.message().then(() => true, () => false);
  const stay = AbortSignal.any([going.signal, AbortSignal.timeout(Math.random() * STAY_MS)]);
  const enough = new Promise<undefined>((resolve) => {
    if (stay.aborted) resolve(undefined);
    stay.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const outcome = await Promise.race([told, enough]);
  if (outcome === false) throw new Error("a visitor that waited was cut");
  if (outcome) seen.told++;
  else seen.left++;
  if (Math.random() < 0.5) await visitor.send("DISCONNECT", { receipt: "bye" });
}

async function moderate({ port }: Service, token: string): Promise<void> {
  using moderator = await StompSocket.moderator(port, token, room());
  const over = pause(Math.random() * MODERATE_MS).then(() => undefined);
  while (await Promise.race([moderator.message().catch(() => undefined), over])) seen.counts++;
}

async function beRefused({ port }: Service): Promise<void> {
  using stranger = await StompSocket.open(port, "not.a.token");
  await stranger.expect("ERROR");
  seen.refused++;
}

async function live(service: Service): Promise<void> {
  const conference = room();
  await goLive(service, conference);
  seen.lives++;
  await pause(LIVE_MS);
  await endLive(service, conference);
}

/** The change of `value` in a minute, by least squares. */
function slope(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean(({ minute }) => minute), mean(value)];
  const covariance = mean((sample) => (sample.minute - x) * (value(sample) - y));
  return covariance / mean(({ minute }) => (minute - x) ** 2);
}

async function gauges({ http }: Service): Promise<string> {
  const { body } = await get(`${http}/metrics`);
  const number = (name: string) =>
    body.match(new RegExp(`^waiting_queue_${name} (\\d+)$`, "m"))?.[1];
  return `${number("connections")} connections, ${number("visitors_waiting")} waiting, ` +
    `${number("moderators")} moderators`;
}

async function watch(service: Service): Promise<Sample[]> {
  const samples: Sample[] = [];
  const began = performance.now();
  let cpu = cpuSeconds(service);
  for (let next = 1; next <= minutes;) {
    await pause(SAMPLE_MS);
    const minute = (performance.now() - began) / 60_000;
    samples.push({ minute, mib: residentMemory(service), files: openFiles(service) });
    if (minute < next) continue;
    const { mib, files } = samples.at(-1)!;
    const used = cpuSeconds(service) - cpu;
    cpu += used;
    print(
      `${next++} min: ${mib.toFixed(1)} MiB, ${files} files, ${await gauges(service)}; ` +
        `${(used / 0.6).toFixed(1)} % of a core; ${JSON.stringify(seen)}`,
    );
  }
  return samples;
}

print(machine());
print(`${front}, ${WORKERS} workers, ${rate} visitors a second, ${minutes} minutes`);
const service = await startService(front, {
  WORKERS,
  RELEASE_RATE: "50",
  STATE_INTERVAL_MS: "1000",
});
const token = await visitorToken("*", { ttlSec: 7 * 86_400 });
const moderator = await moderatorToken("*", { ttlSec: 7 * 86_400 });
const filesBefore = openFiles(service);
const load = Promise.all([
  repeat(1_000 / rate, () => visit(service, token)),
  repeat(MODERATE_MS / 2 / MODERATORS, () => moderate(service, moderator)),
  repeat(1_000, () => beRefused(service)),
  repeat(GO_LIVE_MS, () => live(service)),
]);
const samples = await watch(service);
going.abort();
await load;
const half = samples.slice(Math.floor(samples.length / 2));
const growth = slope(half, ({ mib }) => mib);
const part = growth * minutes / 2 / half[0]!.mib;
print(
  `second half: ${growth.toFixed(3)} MiB a minute (${
    (part * 100).toFixed(1)
  } % of memory in all), ` +
    `${slope(half, ({ files }) => files).toFixed(3)} files a minute`,
);
const empty = await eventually("all have left", async () => {
  return /^0 connections, 0 waiting, 0 moderators$/.test(await gauges(service));
}).then(() => true, () => false);
const filesLeft = openFiles(service) - filesBefore;
print(
  `all have left: ${await gauges(service)}, ${filesLeft} files more than before the first, ` +
    `${residentMemory(service).toFixed(1)} MiB`,
);
const errors = service.log.filter(({ level }) => level === "error").length;
const flat = part < MAX_GROWTH && empty && filesLeft <= MAX_FILES && errors + seen.lost === 0;
print(`${errors} errors in the log; ${flat ? "FLAT" : "NOT FLAT"}`);
await service[Symbol.asyncDispose]();
// What a service waits for at its start would keep this process for a while.
Deno.exit(flat ? 0 : 1);
