import { authorizeSystem, requireCommand } from "./authorize.ts";
import { conferenceView, publish } from "./conference_view.ts";
import { Problem } from "../../http/problem.ts";
import { type CommandOptions, json, type Route } from "../../http/route.ts";

/** `GET /conferences/{conference}`. */
export function describeConference(options: CommandOptions): Route {
  return {
    method: "GET",
    path: "/conferences/{conference}",
    operation: {
      id: "describeConference",
      summary: "One conference",
      description: "A conference nobody waits for is a waiting one without visitors.",
      secured: true,
      pathParameters: [{
        name: "conference",
        description: "The name, percent-encoded: a % of the name is written %25.",
        example: "room@conference.meet.example",
      }],
      replies: {
        200: {
          description: "The conference.",
          content: { type: "application/json", schema: conferenceView },
        },
      },
      problems: [400, 401, 403, 500, 503],
    },
    handle: async (c) => {
      const principal = await authorizeSystem(c, options);
      const name = options.names.parse(lastSegment(c.req.url));
      requireCommand(principal, options, name);
      return json(publish(await options.conferences.describe(name)));
    },
  };
}

/**
 * The last part of the path, percent-decoded exactly once. The router's own parameter will not do:
 * it lets octets that are not UTF-8 pass as they are written, and names may contain a `%`.
 */
function lastSegment(url: string): string {
  const { pathname } = new URL(url);
  try {
    return decodeURIComponent(pathname.slice(pathname.lastIndexOf("/") + 1));
  } catch (cause) {
    const detail = "The name in the path is not percent-encoded UTF-8. Write a % as %25.";
    throw new Problem(400, "conference_invalid", detail, { cause });
  }
}
