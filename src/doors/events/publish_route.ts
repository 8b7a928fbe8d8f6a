import { z } from "zod";
import type { AccessPolicy } from "../../access/policy.ts";
import type { ConferenceNames } from "../../access/conference_name.ts";
import type { Authenticate } from "../../auth/authenticator.ts";
import type { SystemPrincipal } from "../../auth/principal.ts";
import { StreamUnavailableError } from "../../stream/stream.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Clock } from "../../time/clock.ts";
import { Problem, unavailable } from "../../http/problem.ts";
import { jsonReply, problems } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";
import { authorizeSystem, SECURED } from "../../http/system_caller.ts";
import type { PostedEvent } from "./posted.ts";
import { readPublication } from "./publication.ts";

/** The most octets of a body, of which the event may have 64 KiB. */
const MAX_BODY_OCTETS = 80 * 1_024;

const request = z.object({
  event: z.looseObject({}).meta({ description: "What clients get, its text unchanged." }),
  headers: z.looseObject({}).optional().meta({
    description:
      "Who gets it: `name`, `required_acl`, `origin_uuid`, `tenant_uuid`, `conference`, " +
      "`user_uuid:{id}` and `user_uuid:*` (`true`). What is absent is taken from the event.",
  }),
}).meta({
  id: "Publication",
  examples: [{
    event: { name: "case_opened", data: { case: 42 } },
    headers: { required_acl: "events.users.alice.cases", "user_uuid:alice": true },
  }],
});

const answer = z.object({
  id: z.uuid(),
  audience: z.enum(["everybody", "acl", "nobody"]),
}).meta({
  id: "Published",
  description: "`nobody`: it asks for nothing that a token could allow, or is another service's.",
  examples: [{ id: "0198f0c4-5a1e-7b63-9c1d-3f9a3c0f6a11", audience: "acl" }],
});

export interface PublishOptions {
  readonly authenticate: Authenticate;
  readonly access: AccessPolicy;
  readonly names: ConferenceNames;
  readonly stream: Stream;
  readonly clock: Clock;
  /** The id of this service in its events. */
  readonly origin: () => string;
  /** Whether one more may be published now. */
  readonly mayPublish: () => boolean;
  readonly published: () => void;
}

/** `POST /events`: answered once the bus has the event. */
export function publishRoute(options: PublishOptions): Route<SystemPrincipal> {
  return {
    method: "POST",
    path: "/events",
    maxBody: MAX_BODY_OCTETS,
    operation: {
      operationId: "publishEvent",
      summary: "Publish an event to those who may see it",
      description:
        "Clients of the events socket get it who subscribed to its name, and whose token " +
        "allows it.",
      security: SECURED,
      requestBody: { required: true, content: { "application/json": { schema: request } } },
      responses: {
        200: jsonReply("The event is published.", answer),
        ...problems(400, 401, 403, 408, 413, 429, 500, 503),
      },
    },
    authorize: (call) => authorizeSystem(call, options),
    async handle(call, caller) {
      if (!options.mayPublish()) throw tooMany();
      const event = readPublication(await call.octets(), caller, options);
      await send(event, options);
      const audience = audienceOf(event, options.origin());
      return json({ id: event.id, audience } satisfies z.infer<typeof answer>);
    },
  };
}

async function send(event: PostedEvent, { stream, published }: PublishOptions): Promise<void> {
  try {
    await stream.send(event);
    published();
  } catch (error) {
    if (!(error instanceof StreamUnavailableError)) throw error;
    const detail = "The event may not have got through. Try again.";
    throw unavailable("bus_unavailable", detail, error);
  }
}

function audienceOf({ requiredAcl, origin }: PostedEvent, own: string): z.infer<
  typeof answer
>["audience"] {
  if (requiredAcl === undefined || (origin !== undefined && origin !== own)) return "nobody";
  return requiredAcl === null ? "everybody" : "acl";
}

function tooMany(): Problem {
  const detail =
    "More events are published than EVENTS_PUBLISH_RATE allows. Try again in a second.";
  return new Problem(429, "too_many_events", detail, { headers: { "retry-after": "1" } });
}
