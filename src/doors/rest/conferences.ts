import { z } from "zod";
import type { SystemPrincipal } from "../../auth/principal.ts";
import { jsonReply, problems } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";
import { authorizeSystem, requireCommand, SECURED } from "../../http/system_caller.ts";
import type { CommandOptions } from "./command_options.ts";
import { conferenceView, publish } from "./conference_view.ts";

const answer = z.array(conferenceView).meta({ id: "Conferences" });

/** `GET /conferences`: for a token that is not limited to a conference. */
export function listConferences(options: CommandOptions): Route<SystemPrincipal> {
  return {
    method: "GET",
    path: "/conferences",
    operation: {
      operationId: "listConferences",
      summary: "Every conference that somebody waits for or watches, or that is live",
      security: SECURED,
      responses: {
        200: jsonReply("The conferences, in no order.", answer),
        ...problems(401, 403, 500, 503),
      },
    },
    authorize: (call) => authorizeSystem(call, options),
    handle: async (_call, caller) => {
      requireCommand(caller, options);
      const views = await options.conferences.list();
      return json(views.map(publish));
    },
  };
}
