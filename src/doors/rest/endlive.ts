import { z } from "zod";
import { conferenceBody, readCommand } from "./conference_body.ts";
import { type CommandOptions, json, type Route } from "../../http/route.ts";

const answer = z.object({
  conference: z.string().meta({ description: "As the caller wrote it." }),
  status: z.literal("waiting"),
}).meta({
  id: "EndedLive",
  examples: [{ conference: "room@conference.meet.example", status: "waiting" }],
});

/** `POST /endlive`: who comes later waits again. */
export function endLive(options: CommandOptions): Route {
  return {
    method: "POST",
    path: "/endlive",
    operation: {
      id: "endLive",
      summary: "Take the live state of a conference back",
      description: "Visitors who come later wait again. May be repeated.",
      secured: true,
      request: conferenceBody,
      replies: {
        200: {
          description: "The conference is not live.",
          content: { type: "application/json", schema: answer },
        },
      },
      problems: [400, 401, 403, 404, 408, 413, 500, 503],
    },
    handle: async (c) => {
      const { name, written } = await readCommand(c, options);
      await options.conferences.endLive(name);
      const body: z.infer<typeof answer> = { conference: written, status: "waiting" };
      return json(body);
    },
  };
}
