import { z } from "zod";
import { authorizeSystem, requireCommand } from "./authorize.ts";
import { conferenceView, publish } from "./conference_view.ts";
import { type CommandOptions, json, type Route } from "../../http/route.ts";

const answer = z.array(conferenceView).meta({ id: "Conferences" });

/** `GET /conferences`: for a token that is not limited to a conference. */
export function listConferences(options: CommandOptions): Route {
  return {
    method: "GET",
    path: "/conferences",
    operation: {
      id: "listConferences",
      summary: "Every conference that somebody waits for or watches, or that is live",
      secured: true,
      replies: {
        200: {
          description: "The conferences, in no order.",
          content: { type: "application/json", schema: answer },
        },
      },
      problems: [401, 403, 500, 503],
    },
    handle: async (c) => {
      requireCommand(await authorizeSystem(c, options), options);
      const views = await options.conferences.list();
      return json(views.map(publish));
    },
  };
}
