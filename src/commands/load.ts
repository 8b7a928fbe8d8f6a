/**
 * `deno task load`: how a service does under many visitors.
 *
 * @module
 */

import { parseArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { renderChart } from "./load/chart.ts";
import { Crew } from "./load/crew.ts";
import { postGoLive } from "./load/go_live.ts";
import { jobsOf, LOAD_FLAGS, LOAD_VALUES, type LoadSpec, loadSpec } from "./load/load_spec.ts";
import { type Outcome, render, succeeded, summaryOf, type WentLive } from "./load/outcome.ts";
import { ProgressLine } from "./load/progress_line.ts";
import { formatCount } from "./load/statistics.ts";
import { printable, printableJson } from "./printable.ts";
import { runProcess } from "./process.ts";
import { UsageError } from "./usage_error.ts";
import type { World } from "./world.ts";

const USAGE = `Usage: deno task load --url ws://HOST:PORT/PATH [--visitors N] [--golive] [options]

Lets N visitors wait in a running service, as browsers would, and says how long that took. With
--golive it then goes live and says when each was told.

  --visitors N        how many                                      100
  --conference NAME   where they wait; best one that nobody uses    a new one of XMPP_MUC_DOMAIN
  --golive            POST /golive once all wait
  --backend URL       where: http://HOST:PORT/PATH                  that of --url
  --token TOKEN       of the visitors                               made with JWT_APP_SECRET
  --distinct          make each visitor a token of its own, as in life
  --system-token T    of the go-live                                made with SYSTEM_JWT_SECRET
  --rate N            visitors begun a second                       1000
  --processes N       that share the work                           one for each 19,000 visitors
  --ca PATH           trust this certificate (PEM)
  --hold TIME         without --golive: how long they wait          30s
  --patience TIME     how long nobody may be told before it gives up  30s
  --svg PATH          draw a picture of it
  --json              for machines

  JWT_APP_SECRET=... SYSTEM_JWT_SECRET=... deno task load --url ws://127.0.0.1:8060 --golive

Exit code: 0 when everybody waited and, with --golive, was told once; 1 when not; 2 when the
arguments or settings are wrong.
`;

/** How often the processes are looked at. */
const LOOK_MS = 100;
/** Who is told again is so soon after the last. */
const AFTER_MS = 300;

/** `deno task load`: a crowd of visitors against a running service. */
export const load: Command = { usage: USAGE, run };

async function run(args: readonly string[], world: World): Promise<number> {
  const { positionals, values, flags } = parseArguments(args, {
    values: LOAD_VALUES,
    flags: LOAD_FLAGS,
  });
  if (positionals.length > 0) throw new UsageError("All of its arguments have names: --url ...");
  const spec = await loadSpec(values, flags, world);
  world.err(`${printable(announcement(spec))}\n`);
  const outcome = await perform(spec, world);
  if (spec.svg !== undefined) await Deno.writeTextFile(spec.svg, renderChart(outcome));
  world.out(flags.has("json") ? printableJson(summaryOf(outcome)) : render(outcome));
  return succeeded(outcome) ? 0 : 1;
}

function announcement(
  { target, visitors, conference, processes, rate, ...rest }: LoadSpec,
): string {
  const others = processes > 1 ? ` from ${processes} processes` : "";
  const then = rest.systemToken === undefined
    ? `they wait ${rest.holdMs / 1_000} s and leave`
    : `POST ${target.goLiveUrl}`;
  return `${formatCount(visitors)} visitors will wait for ${conference} at ${target.url}, ` +
    `${formatCount(rate)} a second${others}; then ${then}`;
}

async function perform(spec: LoadSpec, world: World): Promise<Outcome> {
  await using crew = new Crew(jobsOf(spec));
  const line = new ProgressLine(world, () => performance.now());
  await gather(crew, spec, line);
  assertNotLive(crew, spec);
  const live = crew.progress.waited > 0 ? await goLive(crew, spec, line) : undefined;
  return { wanted: spec.visitors, live, result: await crew.end() };
}

/** Until each of them waits or has failed. */
async function gather(crew: Crew, spec: LoadSpec, line: ProgressLine): Promise<void> {
  const { visitors } = spec;
  const step = () => {
    const { waited, failed } = crew.progress;
    return { what: "waiting", done: waited, of: visitors, failed };
  };
  while (crew.progress.waited + crew.progress.failed < visitors) {
    line.draw(step());
    await pause(LOOK_MS);
    if (crew.progress.told > 0) break;
  }
  line.end(step());
}

/** @throws {Error} somebody was told before anybody went live: nothing can be measured. */
function assertNotLive(crew: Crew, { conference, systemToken, target }: LoadSpec): void {
  if (systemToken === undefined || crew.progress.told === 0) return;
  throw new Error(
    `${conference} is live already, so nobody waits: leave out --conference for a new one, or ` +
      `end it: POST ${target.goLiveUrl.replace(/golive$/, "endlive")}`,
  );
}

async function goLive(
  crew: Crew,
  spec: LoadSpec,
  line: ProgressLine,
): Promise<WentLive | undefined> {
  if (spec.systemToken === undefined) {
    await pause(spec.holdMs);
    return undefined;
  }
  const live = await postGoLive(spec, spec.systemToken);
  await untilTold(crew, spec, line);
  return live;
}

/** Until everybody who waits was told, or nobody has been for too long. */
async function untilTold(crew: Crew, spec: LoadSpec, line: ProgressLine): Promise<void> {
  const step = () => {
    const { waited, told, lost } = crew.progress;
    return { what: "told", done: told, of: waited, failed: lost };
  };
  let before = 0;
  let quietSince = performance.now();
  while (performance.now() - quietSince < spec.patienceMs) {
    const { waited, told, lost } = crew.progress;
    if (told + lost >= waited) break;
    if (told > before) [before, quietSince] = [told, performance.now()];
    line.draw(step());
    await pause(LOOK_MS);
  }
  line.end(step());
  await pause(AFTER_MS);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) await runProcess(load);
