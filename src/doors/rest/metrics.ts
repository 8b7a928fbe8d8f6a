import { z } from "zod";
import { METRICS_CONTENT_TYPE } from "../../metrics/snapshot.ts";
import type { Route } from "../../http/route.ts";

const answer = z.string().meta({
  id: "Metrics",
  examples: ["# TYPE waiting_queue_connections gauge\nwaiting_queue_connections 3\n"],
});

/** `GET /metrics`, for Prometheus. */
export function metrics(options: { readonly metrics: () => Promise<string> }): Route {
  return {
    method: "GET",
    path: "/metrics",
    operation: {
      id: "metrics",
      summary: "Numbers for Prometheus",
      secured: false,
      replies: {
        200: {
          description: "Prometheus text format, version 0.0.4.",
          content: { type: "text/plain", schema: answer },
        },
      },
      problems: [500],
    },
    handle: async () => {
      const headers = { "content-type": METRICS_CONTENT_TYPE, "cache-control": "no-store" };
      return new Response(await options.metrics(), { headers });
    },
  };
}
