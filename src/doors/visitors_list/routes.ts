import { Problem, respondTo, unavailable } from "../../http/problem.ts";
import type { RouteGroup } from "../../http/route.ts";
import { SYSTEM_TOKEN } from "../../http/system_caller.ts";
import { VisitorsListError } from "../../visitors_list/error.ts";
import { endList } from "./end.ts";
import { reportEvents } from "./events.ts";
import type { ListRouteOptions } from "./route_options.ts";

/** What those do who see visitors join and leave. */
export function listRoutes(options: ListRouteOptions): RouteGroup {
  return {
    name: "visitors list",
    routes: [reportEvents(options), endList(options)],
    securitySchemes: { systemToken: SYSTEM_TOKEN },
    renderError: (error, request) => respondTo(listProblem(error), request),
  };
}

function listProblem(error: unknown): unknown {
  if (!(error instanceof VisitorsListError)) return error;
  if (error.code === "conference") {
    const detail = "The list of this meeting belongs to another conference.";
    return new Problem(403, "other_conference", detail, { cause: error });
  }
  return unavailable(
    "visitors_list_unavailable",
    "The list cannot be changed now. Send all of it again; what was taken is not taken twice.",
    error,
  );
}
