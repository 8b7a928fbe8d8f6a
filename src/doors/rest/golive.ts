import { z } from "zod";
import type { SystemPrincipal } from "../../auth/principal.ts";
import { jsonReply, problems } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";
import { authorizeSystem, SECURED } from "../../http/system_caller.ts";
import type { CommandOptions } from "./command_options.ts";
import { conferenceBody, readCommand } from "./conference_body.ts";

const answer = z.object({
  conference: z.string().meta({ description: "As the caller wrote it." }),
  status: z.literal("live"),
  visitorsWaiting: z.int().min(0).meta({ description: "Who waited when it went live." }),
}).meta({
  id: "WentLive",
  examples: [{ conference: "room@conference.meet.example", status: "live", visitorsWaiting: 42 }],
});

/** `POST /golive`: answered once the live state is durable. */
export function goLive(options: CommandOptions): Route<SystemPrincipal> {
  return {
    method: "POST",
    path: "/golive",
    operation: {
      operationId: "goLive",
      summary: "Mark a conference as live and tell its visitors",
      description: "Waiting visitors are told one after another. The answer comes once the live " +
        "state is stored durably. May be repeated; a conference nobody waits for is fine.",
      security: SECURED,
      requestBody: { required: true, content: { "application/json": { schema: conferenceBody } } },
      responses: {
        200: jsonReply("The conference is live.", answer),
        ...problems(400, 401, 403, 404, 408, 413, 500, 503),
      },
    },
    authorize: (call) => authorizeSystem(call, options),
    handle: async (call, caller) => {
      const { name, written } = await readCommand(call, caller, options);
      const { visitorsWaiting } = await options.conferences.goLive(name);
      const body: z.infer<typeof answer> = { conference: written, status: "live", visitorsWaiting };
      return json(body);
    },
  };
}
