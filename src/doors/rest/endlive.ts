import { z } from "zod";
import type { SystemPrincipal } from "../../auth/principal.ts";
import { jsonReply, problems } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";
import { authorizeSystem, SECURED } from "../../http/system_caller.ts";
import type { CommandOptions } from "./command_options.ts";
import { conferenceBody, readCommand } from "./conference_body.ts";

const answer = z.object({
  conference: z.string().meta({ description: "As the caller wrote it." }),
  status: z.literal("waiting"),
}).meta({
  id: "EndedLive",
  examples: [{ conference: "room@conference.meet.example", status: "waiting" }],
});

/** `POST /endlive`: who comes later waits again. */
export function endLive(options: CommandOptions): Route<SystemPrincipal> {
  return {
    method: "POST",
    path: "/endlive",
    operation: {
      operationId: "endLive",
      summary: "Take the live state of a conference back",
      description: "Visitors who come later wait again. May be repeated.",
      security: SECURED,
      requestBody: { required: true, content: { "application/json": { schema: conferenceBody } } },
      responses: {
        200: jsonReply("The conference is not live.", answer),
        ...problems(400, 401, 403, 404, 408, 413, 500, 503),
      },
    },
    authorize: (call) => authorizeSystem(call, options),
    handle: async (call, caller) => {
      const { name, written } = await readCommand(call, caller, options);
      await options.conferences.endLive(name);
      const body: z.infer<typeof answer> = { conference: written, status: "waiting" };
      return json(body);
    },
  };
}
