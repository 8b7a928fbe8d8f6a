import type { z } from "zod";
import { problemSchema, type ProblemStatus, problemTitle } from "./problem.ts";
import type { Operation } from "./route.ts";

type Replies = Operation["responses"];
type Reply = NonNullable<Replies["default"]>;

/** Headers that come with a status. */
const HEADERS: Partial<Record<ProblemStatus, readonly [name: string, description: string]>> = {
  401: ["WWW-Authenticate", "The challenge (RFC 6750)."],
  503: ["Retry-After", "Seconds after which to try again."],
};

const known = new Map<ProblemStatus, Reply>();

/** The problem documents that an operation may answer with, for its `responses`. */
export function problems(...statuses: readonly ProblemStatus[]): Replies {
  return Object.fromEntries(statuses.map((status) => [status, replyOf(status)]));
}

/** A 2xx or other answer that is JSON of this schema. */
export function jsonReply(description: string, schema: z.ZodType): Reply {
  return { description, content: { "application/json": { schema } } };
}

/** The same object each time: the description refers to it by its id. */
function replyOf(status: ProblemStatus): Reply {
  let reply = known.get(status);
  if (!reply) known.set(status, reply = describe(status));
  return reply;
}

function describe(status: ProblemStatus): Reply {
  const header = HEADERS[status];
  return {
    id: problemTitle(status).replaceAll(" ", ""),
    description: `${problemTitle(status)}.`,
    ...(header && {
      headers: { [header[0]]: { description: header[1], schema: { type: "string" } } },
    }),
    content: { "application/problem+json": { schema: problemSchema } },
  };
}
