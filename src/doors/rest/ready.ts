import { z } from "zod";
import { jsonReply, problems } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";
import type { Readiness } from "../../metrics/readiness.ts";

const answer = z.object({
  status: z.enum(["starting", "ready", "draining", "unavailable"]),
  checks: z.record(z.string(), z.enum(["ok", "starting", "unreachable"])).meta({
    description: "Every backing service. Ready may also be who can do without one for a while.",
  }),
  away: z.record(
    z.string(),
    z.object({
      since: z.iso.datetime().meta({ description: "When it was first missed." }),
      reason: z.string(),
    }),
  ).optional().meta({ description: "The services that cannot be reached; absent without any." }),
}).meta({
  id: "Readiness",
  examples: [
    { status: "ready", checks: { store: "ok", bus: "ok" } },
    {
      status: "unavailable",
      checks: { store: "unreachable", bus: "ok" },
      away: { store: { since: "2026-01-31T18:00:00.000Z", reason: "ECONNREFUSED" } },
    },
  ],
});

/** `GET /ready`. It answers from memory: who asks often costs the backing services nothing. */
export function ready(readiness: Pick<Readiness, "snapshot">): Route {
  return {
    method: "GET",
    path: "/ready",
    operation: {
      operationId: "ready",
      summary: "Whether new connections are welcome",
      responses: {
        200: jsonReply("Ready.", answer),
        503: jsonReply("Starting, draining, or without a backing service for too long.", answer),
        ...problems(500),
      },
    },
    handle: () => {
      const body: z.infer<typeof answer> = readiness.snapshot();
      return json(body, body.status === "ready" ? 200 : 503);
    },
  };
}
