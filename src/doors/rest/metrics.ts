import { z } from "zod";
import { problems } from "../../http/problem_replies.ts";
import { METRICS_CONTENT_TYPE } from "../../metrics/snapshot.ts";
import type { Route } from "../../http/route.ts";

const answer = z.string().meta({
  id: "Metrics",
  examples: ["# TYPE waiting_queue_connections gauge\nwaiting_queue_connections 3\n"],
});

/** `GET /metrics`, for Prometheus. `render` gives the text. */
export function metrics(render: () => Promise<string>): Route {
  return {
    method: "GET",
    path: "/metrics",
    operation: {
      operationId: "metrics",
      summary: "Numbers for Prometheus",
      responses: {
        200: {
          description: "Prometheus text format, version 0.0.4.",
          content: { "text/plain": { schema: answer } },
        },
        ...problems(500),
      },
    },
    handle: async () => {
      const headers = { "content-type": METRICS_CONTENT_TYPE, "cache-control": "no-store" };
      return new Response(await render(), { headers });
    },
  };
}
