import { z } from "zod";
import { conferenceBody, readCommand } from "./conference_body.ts";
import { type CommandOptions, json, type Route } from "../../http/route.ts";

const answer = z.object({
  conference: z.string().meta({ description: "As the caller wrote it." }),
  status: z.literal("live"),
  visitorsWaiting: z.int().min(0).meta({ description: "Who waited when it went live." }),
}).meta({
  id: "WentLive",
  examples: [{ conference: "room@conference.meet.example", status: "live", visitorsWaiting: 42 }],
});

/** `POST /golive`: answered once the live state is durable. */
export function goLive(options: CommandOptions): Route {
  return {
    method: "POST",
    path: "/golive",
    operation: {
      id: "goLive",
      summary: "Mark a conference as live and tell its visitors",
      description: "Waiting visitors are told one after another. The answer comes once the live " +
        "state is stored durably. May be repeated; a conference nobody waits for is fine.",
      secured: true,
      request: conferenceBody,
      replies: {
        200: {
          description: "The conference is live.",
          content: { type: "application/json", schema: answer },
        },
      },
      problems: [400, 401, 403, 404, 408, 413, 500, 503],
    },
    handle: async (c) => {
      const { name, written } = await readCommand(c, options);
      const { visitorsWaiting } = await options.conferences.goLive(name);
      const body: z.infer<typeof answer> = { conference: written, status: "live", visitorsWaiting };
      return json(body);
    },
  };
}
