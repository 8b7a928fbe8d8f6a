/**
 * A broadcast to a crowd of which some have stopped reading, against the same crowd without them.
 * Usage: deno run --allow-all tests/measure/fan_out.ts [visitors] [stalled] [rounds]; needs a C
 * compiler. A process must be allowed more open files than there are visitors.
 *
 * @module
 */

import { percentile } from "../../src/commands/load/statistics.ts";
import { type Front, FRONTS } from "../e2e/setups.ts";
import { metric } from "../support/operator.ts";
import { goLive } from "../support/rest.ts";
import { VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { TextLineStream } from "../support/text_line_stream.ts";
import { visitorToken } from "../support/tokens.ts";
import { cpuSeconds, machine, print, startService } from "./setting.ts";

const [visitors, stalled, rounds] = [[0, 10_000], [1, 100], [2, 3]].map(([i, otherwise]) =>
  Number(Deno.args[i!] ?? otherwise)
) as [number, number, number];
const CONFERENCE = "crowd@conference.meet.example";

/** What the crowd saw, in milliseconds after the broadcast was asked for. */
interface Result {
  readonly told: number;
  readonly lost: number;
  readonly p50: number;
  readonly p99: number;
  readonly last: number;
  /** Processor time of the service for it, in milliseconds. */
  readonly cpu: number;
}

async function compile(folder: string): Promise<string> {
  const program = `${folder}/crowd`;
  const source = new URL("crowd.c", import.meta.url).pathname;
  const { success } = await new Deno.Command("cc", { args: ["-O2", "-o", program, source] })
    .output();
  if (!success) throw new Error("Cannot compile crowd.c");
  return program;
}

async function broadcast(program: string, front: Front, slow: number): Promise<Result> {
  await using service = await startService(front, { RELEASE_RATE: "0", WORKERS: "1" });
  const crowd = new Deno.Command(program, {
    args: [String(service.port), String(visitors), String(slow), VISITOR_TOPIC + CONFERENCE],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = crowd.stdout.pipeThrough(new TextLineStream()).getReader();
  const writer = crowd.stdin.getWriter();
  const say = (text: string) => writer.write(new TextEncoder().encode(`${text}\n`));
  await say(await visitorToken("*"));
  const ready = (await lines.read()).value;
  const slowCut = await metric(service, "waiting_queue_slow_peers_cut_total");
  if (ready !== `ready ${visitors}` || slowCut > 0) {
    throw new Error(`${ready}, ${slowCut} cut before the broadcast`);
  }
  const before = cpuSeconds(service);
  await say("go");
  await goLive(service, CONFERENCE);
  const result = JSON.parse((await lines.read()).value ?? "{}");
  const cpu = (cpuSeconds(service) - before) * 1_000;
  await lines.cancel();
  await writer.close().catch(() => {});
  await crowd.status;
  return { ...result, cpu };
}

function median(values: readonly number[]): number {
  return percentile(values.toSorted((a, b) => a - b), 50);
}

function describe(name: string, results: readonly Result[]): string {
  const of = (key: keyof Result) => median(results.map((result) => result[key])).toFixed(0);
  return `  ${name}: told ${of("told")}, p50 ${of("p50")} ms, p99 ${of("p99")} ms, ` +
    `last ${of("last")} ms, ${of("cpu")} ms of processor time`;
}

const folder = await Deno.makeTempDir({ prefix: "crowd-" });
try {
  const program = await compile(folder);
  print(machine());
  print(`${visitors} visitors, one worker, medians of ${rounds} rounds`);
  for (const front of FRONTS) {
    const [without, among]: [Result[], Result[]] = [[], []];
    // In turns, so that both have the same of whatever else the machine does.
    for (let i = 0; i < rounds; i++) {
      without.push(await broadcast(program, front, 0));
      among.push(await broadcast(program, front, stalled));
    }
    print(`${front}:`);
    print(describe("nobody stalled", without));
    print(describe(`${stalled} stalled`, among));
    const ratio = median(among.map(({ p99 }) => p99)) / median(without.map(({ p99 }) => p99));
    print(`  p99 with stalled readers / without: ${ratio.toFixed(2)}`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
// What a service waits for at its start would keep this process for a while.
Deno.exit(0);
