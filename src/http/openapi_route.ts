import { z } from "zod";
import { describeApi, type DocumentOptions } from "./openapi.ts";
import { json, type Route } from "./route.ts";

const answer = z.looseObject({ openapi: z.string() }).meta({ id: "OpenApi" });

/** `GET /openapi.json`: describes `routes` and itself. */
export function openApi(routes: readonly Route[], options: DocumentOptions): Route {
  let document: unknown;
  const route: Route = {
    method: "GET",
    path: "/openapi.json",
    operation: {
      id: "openApi",
      summary: "This description",
      secured: false,
      replies: {
        200: {
          description: "An OpenAPI 3.1 document.",
          content: { type: "application/json", schema: answer },
        },
      },
      problems: [],
    },
    handle: () => json(document ??= describeApi([...routes, route], options)),
  };
  return route;
}
