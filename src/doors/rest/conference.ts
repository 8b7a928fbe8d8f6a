import type { SystemPrincipal } from "../../auth/principal.ts";
import { jsonReply, problems } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";
import { authorizeSystem, requireCommand, SECURED } from "../../http/system_caller.ts";
import type { CommandOptions } from "./command_options.ts";
import { conferenceView, publish } from "./conference_view.ts";

/** `GET /conferences/{conference}`. */
export function describeConference(options: CommandOptions): Route<SystemPrincipal> {
  return {
    method: "GET",
    path: "/conferences/{conference}",
    operation: {
      operationId: "describeConference",
      summary: "One conference",
      description: "A conference nobody waits for is a waiting one without visitors.",
      security: SECURED,
      parameters: [{
        in: "path",
        name: "conference",
        required: true,
        description: "The name, percent-encoded: a % of the name is written %25.",
        example: "room@conference.meet.example",
        schema: { type: "string" },
      }],
      responses: {
        200: jsonReply("The conference.", conferenceView),
        ...problems(400, 401, 403, 500, 503),
      },
    },
    authorize: (call) => authorizeSystem(call, options),
    handle: async (call, caller) => {
      const name = options.names.parse(call.parameter("conference"));
      requireCommand(caller, options, name);
      return json(publish(await options.conferences.describe(name)));
    },
  };
}
