import { QueueUnavailableError } from "../../queue/view.ts";
import { problemOf, respondTo, unavailable } from "../../http/problem.ts";
import type { RouteGroup } from "../../http/route.ts";
import { SYSTEM_TOKEN } from "../../http/system_caller.ts";
import type { CommandOptions } from "./command_options.ts";
import { describeConference } from "./conference.ts";
import { listConferences } from "./conferences.ts";
import { endLive } from "./endlive.ts";
import { goLive } from "./golive.ts";
import { Patience } from "./patience.ts";
import { RefusedCommands } from "./refused_commands.ts";

/** What backends and operators may do with conferences. */
export function commandRoutes(options: CommandOptions): RouteGroup {
  const patience = new Patience(options.authenticate, options.clock);
  const refused = new RefusedCommands(options);
  const held = {
    ...options,
    authenticate: (authorization: string | undefined) => patience.identify(authorization),
  };
  return {
    name: "conferences",
    routes: [
      goLive(held),
      endLive(held),
      listConferences(options),
      describeConference(options),
    ],
    securitySchemes: { systemToken: SYSTEM_TOKEN },
    renderError: (error, request) => {
      const problem = problemOf(queueProblem(error));
      if (problem.status >= 500) return respondTo(problem, request);
      refused.add(problem, request);
      return problem.toResponse();
    },
  };
}

function queueProblem(error: unknown): unknown {
  if (!(error instanceof QueueUnavailableError)) return error;
  return unavailable(
    "queue_unavailable",
    "A backing service cannot be reached and nothing was changed for certain. Try again.",
    error,
  );
}
