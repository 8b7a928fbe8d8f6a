import { z } from "zod";
import type { Readiness } from "../../metrics/readiness.ts";
import { json, type Route } from "../../http/route.ts";

const answer = z.object({
  status: z.enum(["ready", "draining", "unavailable"]),
  checks: z.record(z.string(), z.string()).meta({
    description: "Every backing service: `ok`, or what is wrong with it.",
  }),
}).meta({
  id: "Readiness",
  examples: [
    { status: "ready", checks: { store: "ok", bus: "ok" } },
    { status: "unavailable", checks: { store: "cannot be reached", bus: "ok" } },
  ],
});

/** `GET /ready`. */
export function ready(options: { readonly readiness: () => Promise<Readiness> }): Route {
  const content = { type: "application/json", schema: answer } as const;
  return {
    method: "GET",
    path: "/ready",
    operation: {
      id: "ready",
      summary: "Whether new connections are welcome",
      secured: false,
      replies: {
        200: { description: "Ready.", content },
        503: { description: "Draining, or a backing service cannot be reached.", content },
      },
      problems: [500],
    },
    handle: async () => {
      const { ready, draining, checks } = await options.readiness();
      const status = draining ? "draining" : ready ? "ready" : "unavailable";
      const body: z.infer<typeof answer> = { status, checks };
      return json(body, status === "ready" ? 200 : 503);
    },
  };
}
