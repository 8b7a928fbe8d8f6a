import { z } from "zod";
import type { ConferenceName } from "../../access/conference_name.ts";
import type { SystemPrincipal } from "../../auth/principal.ts";
import type { Call } from "../../http/call.ts";
import { Problem } from "../../http/problem.ts";
import { requireCommand } from "../../http/system_caller.ts";
import type { CommandOptions } from "./command_options.ts";

const EXAMPLE = "room@conference.meet.example";

/** The body of a command. Further fields are left for later versions, and ignored. */
export const conferenceBody = z.looseObject({
  conference: z.string().meta({ description: "The name of the conference (a JID)." }),
}).meta({
  id: "ConferenceCommand",
  description: "Which conference is meant.",
  examples: [{ conference: EXAMPLE }],
});

/** A command that may be done. */
export interface Command {
  readonly name: ConferenceName;
  /** The name as the caller wrote it. */
  readonly written: string;
}

/**
 * Reads a command, and whether its caller may command this conference.
 *
 * @throws {Problem} 403, 400, 404 without a `conference`, 408, 413.
 * @throws {ConferenceNameError} the name is not accepted.
 */
export async function readCommand(
  call: Call,
  caller: SystemPrincipal,
  options: CommandOptions,
): Promise<Command> {
  const body = await call.json();
  const result = conferenceBody.safeParse(body);
  if (!result.success) throw bodyProblem(body);
  const written = result.data.conference;
  const name = options.names.parse(written);
  requireCommand(caller, options, name);
  return { name, written };
}

function bodyProblem(body: unknown): Problem {
  const send = `Send {"conference": "${EXAMPLE}"}.`;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return new Problem(400, "not_an_object", `The body is not a JSON object. ${send}`);
  }
  if (!Object.hasOwn(body, "conference")) {
    return new Problem(404, "conference_missing", `The body has no "conference". ${send}`);
  }
  return new Problem(400, "conference_invalid", `"conference" is not a valid name. ${send}`);
}
