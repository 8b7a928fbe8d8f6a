import { z } from "zod";
import { jsonReply } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";

const answer = z.looseObject({ status: z.literal("ok") }).meta({
  id: "Health",
  examples: [{ status: "ok" }],
});

/** What `/health` answers; more may be added to the status. */
export type Health = { readonly status: "ok" } & Readonly<Record<string, unknown>>;

/** `GET /health`: the process lives. It says nothing of backing services: a restart mends none. */
export function health(options: { readonly health: () => Health }): Route {
  return {
    method: "GET",
    path: "/health",
    operation: {
      operationId: "health",
      summary: "Whether the process lives",
      responses: { 200: jsonReply("It lives.", answer) },
    },
    handle: () => json(options.health()),
  };
}
