/**
 * `deno task explain`: what the service decides on a token, step by step.
 *
 * @module
 */

import { eventFindings } from "./event_findings.ts";
import { explain as explainToken, type Explanation } from "../auth/explain.ts";
import type { Principal } from "../auth/principal.ts";
import type { Settings } from "../config/config.ts";
import { AccessPolicy } from "../access/policy.ts";
import { ConferenceNameError, ConferenceNames } from "../access/conference_name.ts";
import { abilitiesOf } from "./abilities.ts";
import { parseArguments } from "./arguments.ts";
import { quote } from "../base/quote.ts";
import { authParts } from "../auth/auth_parts.ts";
import type { Command } from "./command.ts";
import { broken, doubtful, type Finding, fine, type Section } from "./finding.ts";
import { printableJson } from "./printable.ts";
import { runProcess } from "./process.ts";
import { renderReport } from "./report.ts";
import { readSettings } from "./settings.ts";
import { tokenSections } from "./token_findings.ts";
import { UsageError } from "./usage_error.ts";
import type { World } from "./world.ts";

const USAGE = `Usage: deno task explain [--conference NAME] [--json] < TOKEN

Says step by step what the service, with the settings of this environment, decides on a token, and
why. It reads the token from stdin: as an argument it would stand in the line that deno task prints,
in the list of processes and in the shell's history. It may begin with Bearer; none at all is a
client without a token. The signature is never shown.

  --conference NAME  what the token may do there, as room@conference.meet.example
  --json             for machines

  deno task token --room a | deno task explain --conference a@conference.meet.example

Exit code: 0 when it is accepted and, with --conference, may do something there; 1 when not;
2 when the arguments or settings are wrong.
`;

/** Far more than a token may have. */
const MAX_INPUT_OCTETS = 64 * 1024;
/** The finding on the conference's name. */
const NAME = "name";

/** `deno task explain`: says what a token may do, and why not. */
export const explain: Command = { usage: USAGE, run };

async function run(args: readonly string[], world: World): Promise<number> {
  const { positionals, values, flags } = parseArguments(args, {
    values: ["conference"],
    flags: ["json"],
  });
  const settings = readSettings(world.env);
  const names = namesOf(settings);
  const text = await readToken(positionals, world);
  const explanation = await follow(text, settings);
  const { principal } = explanation;
  const place = values.conference === undefined
    ? undefined
    : placeOf(values.conference, principal, { settings, names });
  const sections = [
    ...demoSection(settings),
    ...tokenSections(explanation),
    ...(principal && principal.kind !== "anonymous"
      ? [{ title: "Events", findings: eventFindings(principal) }]
      : []),
    ...(place ? [{ title: `Conference ${values.conference}`, findings: place }] : []),
  ];
  const can = abilityMap(place);
  const ok = principal !== undefined && (can === undefined || Object.values(can).includes(true));
  if (flags.has("json")) {
    const accepted = principal !== undefined;
    world.out(printableJson({ ok, accepted, principal, can, sections }));
  } else {
    world.out(renderReport(sections, world));
  }
  return ok ? 0 : 1;
}

/** From stdin, or as arguments: without quotes in the shell, `Bearer` and the token are two. */
async function readToken(positionals: readonly string[], world: World): Promise<string> {
  const scheme = positionals.length === 2 && /^bearer$/i.test(positionals[0]!);
  const text = scheme ? positionals.join(" ") : positionals[0];
  if (positionals.length > (scheme ? 2 : 1)) {
    throw new UsageError("Give one token, best on stdin");
  }
  return (text === undefined || text === "-" ? await world.readInput(MAX_INPUT_OCTETS) : text)
    .trim();
}

async function follow(text: string, settings: Settings): Promise<Explanation> {
  if (text === "") return withoutToken(settings);
  using parts = authParts(settings);
  return await explainToken(parts, text);
}

function withoutToken({ access: { allowEmpty } }: Settings): Explanation {
  if (allowEmpty) return { steps: [], principal: { kind: "anonymous" } };
  const text = "missing: there is no token, and JWT_ALLOW_EMPTY=1 is not set";
  return { steps: [{ step: "verdict", ok: false, text }], principal: undefined };
}

function demoSection({ demo }: Settings): Section[] {
  if (!demo) return [];
  const finding = doubtful(
    "demo mode",
    "no key is set, so the service makes keys for each run that are known to nobody else: from " +
      "here no token can be checked",
    "set the keys that the service has, as JWT_APP_SECRET and SYSTEM_JWT_SECRET",
  );
  return [{ title: "Settings", findings: [finding] }];
}

function namesOf({ xmpp }: Settings): ConferenceNames {
  try {
    return new ConferenceNames({ xmppDomain: xmpp.domain, mucDomain: xmpp.mucDomain });
  } catch (error) {
    if (error instanceof ConferenceNameError) throw new UsageError(error.message, "settings");
    throw error;
  }
}

interface Rules {
  readonly settings: Settings;
  readonly names: ConferenceNames;
}

/** The name itself; then, for somebody who is accepted, what may be done there. */
function placeOf(
  text: string,
  principal: Principal | undefined,
  { settings, names }: Rules,
): Finding[] {
  try {
    const name = names.parse(text);
    const access = new AccessPolicy({ ...settings.access, xmppDomain: settings.xmpp.domain });
    const tenant = name.tenant === undefined ? "no tenant" : `tenant ${quote(name.tenant)}`;
    const finding = nameFinding(`room ${quote(name.room)}, ${tenant}`, names);
    return [finding, ...(principal ? abilitiesOf(principal, name, access) : [])];
  } catch (error) {
    if (error instanceof ConferenceNameError) return [broken(NAME, error.message)];
    throw error;
  }
}

/** What may be done, by its name; `undefined` where no conference was asked for. */
function abilityMap(place: readonly Finding[] | undefined): Record<string, boolean> | undefined {
  const abilities = place?.filter(({ name }) => name !== NAME);
  return abilities &&
    Object.fromEntries(abilities.map(({ name, status }) => [name, status === "fine"]));
}

function nameFinding(parts: string, { doubt }: ConferenceNames): Finding {
  return doubt ? doubtful(NAME, parts, `${doubt.setting} ${doubt.text}`) : fine(NAME, parts);
}

if (import.meta.main) await runProcess(explain);
