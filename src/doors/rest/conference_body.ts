import type { Context } from "hono";
import { z } from "zod";
import type { ConferenceName } from "../../access/conference_name.ts";
import { authorizeSystem, requireCommand } from "./authorize.ts";
import { readJson } from "../../http/body.ts";
import { Problem } from "../../http/problem.ts";
import type { CommandOptions } from "../../http/route.ts";

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
 * Reads a command: first the token, then the body, then whether this token may command this
 * conference.
 *
 * @throws {Problem} 401, 403, 400, 404 without a `conference`, 408, 413.
 * @throws {AuthError} the token is not accepted. @throws {ConferenceNameError} nor the name.
 */
export async function readCommand(c: Context, options: CommandOptions): Promise<Command> {
  const principal = await authorizeSystem(c, options);
  const body = await readJson(c.req.raw, options.clock);
  const result = conferenceBody.safeParse(body);
  if (!result.success) throw bodyProblem(body);
  const written = result.data.conference;
  const name = options.names.parse(written);
  requireCommand(principal, options, name);
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
