import { z } from "zod";
import type { SystemPrincipal } from "../../auth/principal.ts";
import { Problem } from "../../http/problem.ts";
import { jsonReply, problems } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";
import { authorizeSystem, requireCommand, SECURED } from "../../http/system_caller.ts";
import { isMeetingId } from "./destination.ts";
import type { ListRouteOptions } from "./route_options.ts";

const bodySchema = z.looseObject({
  meetingId: z.string().refine(isMeetingId).meta({ description: "The unique id of the meeting." }),
}).meta({
  id: "MeetingEnd",
  examples: [{ meetingId: "0b1f7a64-5f0a-4c0c-9a0e-2d8f2b0f4e11" }],
});

const answer = z.object({ meetingId: z.string() }).meta({ id: "MeetingEnded" });

/** `POST /visitors-list/end`: the meeting is over, and its list is dropped. */
export function endList(options: ListRouteOptions): Route<SystemPrincipal> {
  return {
    method: "POST",
    path: "/visitors-list/end",
    operation: {
      operationId: "endVisitorsList",
      summary: "Drop the list of a meeting that is over",
      description: "May be repeated; a meeting without a list is fine.",
      security: SECURED,
      requestBody: { required: true, content: { "application/json": { schema: bodySchema } } },
      responses: {
        200: jsonReply("The meeting has no list.", answer),
        ...problems(400, 401, 403, 408, 413, 500, 503),
      },
    },
    authorize: (call) => authorizeSystem(call, options),
    handle: async (call, caller) => {
      const result = bodySchema.safeParse(await call.json());
      if (!result.success) throw bodyProblem();
      const { meetingId } = result.data;
      const conference = await options.lists.conferenceOf(meetingId);
      // Where there is no list nothing is known of whose it was, and there is nothing to drop.
      if (conference !== undefined) {
        requireCommand(caller, options, options.names.parse(conference));
        await options.lists.drop(meetingId);
      }
      return json({ meetingId } satisfies z.infer<typeof answer>);
    },
  };
}

function bodyProblem(): Problem {
  const detail = 'The body has no "meetingId". Send {"meetingId": "..."}.';
  return new Problem(400, "meeting_invalid", detail);
}
