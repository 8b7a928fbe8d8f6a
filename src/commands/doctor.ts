/**
 * `deno task doctor`: what is fine, what is not, and what to do about it.
 *
 * @module
 */

import { parseArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { busCheck } from "./doctor/bus_check.ts";
import { type Check, type Patient, runCheck } from "./doctor/check.ts";
import { clockCheck } from "./doctor/clock_check.ts";
import { keyCheck } from "./doctor/key_check.ts";
import { limitCheck } from "./doctor/limit_check.ts";
import { thisMachine } from "./doctor/machine.ts";
import { nameCheck } from "./doctor/name_check.ts";
import { portCheck } from "./doctor/port_check.ts";
import { rateCheck } from "./doctor/rate_check.ts";
import { redisCheck } from "./doctor/redis_check.ts";
import { problemFindings, settingsCheck } from "./doctor/settings_check.ts";
import { storeCheck } from "./doctor/store_check.ts";
import { type Section, skipped, type Status } from "./finding.ts";
import { printableJson } from "./printable.ts";
import { runProcess } from "./process.ts";
import { renderReport } from "./report.ts";
import { tryReadSettings } from "./settings.ts";
import { UsageError } from "./usage_error.ts";
import type { World } from "./world.ts";

const USAGE = `Usage: deno task doctor [--json]

Looks at the settings of this environment and at what the service needs of it: keys, store, bus,
ports, limits and clocks. Run it where the service runs, as its user and with its environment. It
changes nothing: what it writes has a key of its own and is deleted at once.

  --json  for machines

Exit code: 0 when nothing is broken, 1 when something is, 2 when the arguments are wrong.
`;

/** What is looked at, in the order of the report. */
const CHECKS: readonly (readonly [title: string, checks: Readonly<Record<string, Check>>])[] = [
  ["Settings", { settings: settingsCheck, conferences: nameCheck, RELEASE_RATE: rateCheck }],
  ["Keys", { keys: keyCheck, clock: clockCheck }],
  ["Store and bus", { REDIS_URL: redisCheck, store: storeCheck, bus: busCheck }],
  ["Machine", { PORT: portCheck, limits: limitCheck }],
];

/** `deno task doctor`: looks at the settings and at everything that they name. */
export const doctor: Command = { usage: USAGE, run };

async function run(args: readonly string[], world: World): Promise<number> {
  const { positionals, flags } = parseArguments(args, { flags: ["json"] });
  if (positionals.length > 0) throw new UsageError("The doctor takes no arguments");
  const sections = await examine(world);
  const [bad, odd] = [count(sections, "broken"), count(sections, "doubtful")];
  if (flags.has("json")) {
    world.out(printableJson({ ok: bad === 0, broken: bad, doubtful: odd, sections }));
  } else {
    world.out(`${renderReport(sections, world)}\n${bad} broken, ${odd} doubtful\n`);
  }
  return bad === 0 ? 0 : 1;
}

/** Looks at everything. */
export async function examine({ env }: Pick<World, "env">): Promise<Section[]> {
  const result = tryReadSettings(env);
  if ("problems" in result) {
    const rest = skipped("the rest", "cannot be looked at until the settings can be used");
    return [{ title: "Settings", findings: [...problemFindings(result.problems), rest] }];
  }
  const patient: Patient = { ...result, machine: thisMachine(), env };
  return await Promise.all(CHECKS.map(async ([title, checks]) => {
    const findings = Object.entries(checks)
      .map(([name, check]) => runCheck(name, check, patient));
    return { title, findings: (await Promise.all(findings)).flat() };
  }));
}

function count(sections: readonly Section[], status: Status): number {
  return sections.flatMap(({ findings }) => findings)
    .filter((finding) => finding.status === status).length;
}

if (import.meta.main) await runProcess(doctor);
