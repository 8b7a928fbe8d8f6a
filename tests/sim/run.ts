/**
 * The plan of docs/scale.md against the real queues: the load at growing numbers of conferences,
 * and the first thing that breaks.
 *
 *     deno run --allow-all tests/sim/run.ts [--isolates 1000] [--visitors 100] [--share 50]
 *         [--conferences 5000,10000] [--latency 0.5] [--spread 1]
 *
 * Only a part of the conferences, one in `share`, is simulated, on a Redis that is as many times
 * slower; all isolates are. How long something takes on an idle Redis is therefore too long here.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { formatCount } from "../../src/commands/load/statistics.ts";
import { failover } from "./failover.ts";
import { Fleet, type Usage } from "./fleet.ts";
import { GO_LIVE_S, INTERVAL_S, isolatesOf, loads, redisTime } from "./plan.ts";
import { BUSY, IDLE, slower } from "./redis_costs.ts";

const { values } = parseArgs({
  options: {
    isolates: { type: "string", default: "1000" },
    visitors: { type: "string", default: "100" },
    share: { type: "string", default: "50" },
    conferences: { type: "string", default: "5000,10000,20000,30000,40000,60000" },
    latency: { type: "string", default: "0.5" },
    spread: { type: "string", default: "1" },
  },
});
const isolates = Number(values.isolates);
const visitors = Number(values.visitors);
const share = Number(values.share);
const RATE = 50;
const COME_MS = 15_000;
const GO_LIVES_MS = 6_000;
/** For so long somebody who has not been told is waited for. */
const LATE_MS = 30_000;
/** An isolate that is asked has as long to answer. */
const ANSWER_MS = 500;

interface Round {
  readonly conferences: number;
  readonly waiting: Usage;
  /** Of counts, how many went wrong. */
  readonly wrongCounts: number;
  readonly channels: number;
  readonly answers: readonly number[];
  /** How much later than its moment the last visitor was told. */
  readonly lateMs: readonly number[];
}

async function round(conferences: number): Promise<Round> {
  const simulated = Math.round(conferences / share);
  await using fleet = await Fleet.open({
    isolates,
    latencyMs: Number(values.latency),
    spreadMs: Number(values.spread),
    startOverMs: 15_000,
    releaseRate: RATE,
    costs: slower(BUSY, share),
  });
  const counts = await arrive(fleet, simulated);
  const channels = fleet.network.subscriptions * share;
  // One interval to settle, one to look at.
  await fleet.clock.advance(INTERVAL_S * 1_000);
  const waiting = await fleet.use(INTERVAL_S * 1_000);
  const wrongCounts = counts.filter((told) => told.at(-1) !== visitors).length / simulated;
  return { conferences, waiting, wrongCounts, channels, ...await goLives(fleet, simulated) };
}

/** Everybody comes, evenly over a while. Gives what the moderators are told. */
async function arrive(fleet: Fleet, conferences: number): Promise<number[][]> {
  const all: number[][] = [];
  for (let conference = 0; conference < conferences; conference++) {
    const counts: number[] = [];
    fleet.visitors(visitors, conference);
    fleet.moderator(conference, { counts });
    all.push(counts);
    await fleet.clock.advance(COME_MS / conferences);
  }
  return all;
}

/** As many go live as a second of the busiest minutes brings, for a few seconds. */
async function goLives(
  fleet: Fleet,
  conferences: number,
): Promise<Pick<Round, "answers" | "lateMs">> {
  const count = Math.min(conferences, Math.max(5, conferences / GO_LIVE_S * GO_LIVES_MS / 1_000));
  const answers: number[] = [];
  const began: number[] = [];
  for (let conference = 0; conference < count; conference++) {
    began.push(fleet.clock.now());
    answers.push(Infinity);
    void fleet.goLive(conference).then(({ answerMs }) => answers[conference] = answerMs);
    await fleet.clock.advance(GO_LIVES_MS / count);
  }
  await fleet.clock.advance(visitors / RATE * 1_000 + LATE_MS);
  const lateMs = began.map((from, conference) => {
    const told = fleet.told.filter((each) => each.conference === conference);
    if (told.length < visitors) return Infinity;
    return Math.max(...told.map(({ toldAt }) => toldAt)) - from - (visitors - 1) / RATE * 1_000;
  });
  return { answers, lateMs };
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), 0);
}

function whole(value: number): string {
  if (value === Infinity) return "never";
  return formatCount(value);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`;
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => most(rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) => row.map((text, i) => text.padStart(widths[i]!)).join("  "));
  Deno.stdout.writeSync(new TextEncoder().encode(`${lines.join("\n")}\n\n`));
}

function row({ conferences, waiting, wrongCounts, channels, answers, lateMs }: Round): string[] {
  const a = (value: number) => whole(value * share / waiting.seconds);
  return [
    whole(conferences),
    a(waiting.published),
    a(waiting.delivered),
    a(waiting.octets / 1e6),
    a(waiting.keys),
    whole(channels),
    percent(waiting.workMs / waiting.seconds / 1_000),
    percent(wrongCounts),
    whole(most(answers)),
    whole(most(lateMs)),
  ];
}

const rounds: Round[] = [];
for (const conferences of values.conferences.split(",").map(Number)) {
  rounds.push(await round(conferences));
}
print([
  [
    "conferences",
    "commands/s",
    "deliveries/s",
    "MB/s",
    "keys/s",
    "subscriptions",
    "Redis",
    "wrong counts",
    "go-live ms",
    "last told late ms",
  ],
  ...rounds.map(row),
]);

const broken = rounds.find((each) => each.wrongCounts > 0 || most(each.answers) > ANSWER_MS);
const size = { isolates, visitors, conferences: (broken ?? rounds.at(-1)!).conferences };
const parts = loads(size).map((load) => {
  const [busy, idle] = [redisTime(load, BUSY), redisTime(load, IDLE)];
  return { what: load.what, busy, idle, most: size.conferences / busy };
}).sort((a, b) => b.busy - a.busy);
print([
  ["load on Redis", "busy", "by idle costs", "alone it fills Redis at"],
  ...parts.map(({ what, busy, idle, most }) => {
    const full = what === "probes" ? "" : `${whole(most)} conferences`;
    return [what, percent(busy), percent(idle), full];
  }),
]);
const isolatesEach = `${whole(isolatesOf(size))} isolates each`;
print([[
  broken
    ? `The first thing that breaks: ${parts[0]!.what}, at ${
      whole(size.conferences)
    } conferences on ${isolatesEach}.`
    : `Nothing breaks with ${whole(size.conferences)} conferences on ${isolatesEach}.`,
]]);

const rows = [];
for (const count of [64, 300, 600, 1_000]) {
  const seconds = await failover({ isolates: count, channels: 3_000 });
  rows.push([whole(count), "3,000", seconds === undefined ? "never" : whole(seconds)]);
}
print([["isolates", "topics of each", "s until all are subscribed after a failover"], ...rows]);
