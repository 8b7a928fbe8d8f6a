import { z } from "zod";
import type { DocumentOptions } from "./openapi.ts";
import { jsonReply } from "./problem_replies.ts";
import { json, type RouteGroup } from "./route.ts";

const answer = z.looseObject({ openapi: z.string() }).meta({ id: "OpenApi" });

/** `GET /openapi.json`: describes the routes of `groups` and itself. */
export function openApi(
  groups: readonly RouteGroup[],
  options: DocumentOptions,
): RouteGroup {
  let document: Promise<unknown> | undefined;
  const own: RouteGroup = {
    name: "description",
    routes: [{
      method: "GET",
      path: "/openapi.json",
      operation: {
        operationId: "openApi",
        summary: "This description",
        responses: { 200: jsonReply("An OpenAPI 3.1 document.", answer) },
      },
      handle: async () => json(await (document ??= describe([...groups, own], options))),
    }],
  };
  return own;
}

/** The generator is loaded by the first who asks: most processes never need it. */
async function describe(groups: readonly RouteGroup[], options: DocumentOptions): Promise<unknown> {
  const { describeApi } = await import("./openapi.ts");
  return describeApi(groups, options);
}
