import { z } from "zod";
import type { SystemPrincipal } from "../../auth/principal.ts";
import type { Call } from "../../http/call.ts";
import { Problem } from "../../http/problem.ts";
import { jsonReply, problems } from "../../http/problem_replies.ts";
import { json, type Route } from "../../http/route.ts";
import { authorizeSystem, requireCommand, SECURED } from "../../http/system_caller.ts";
import { type Change, keptName, MAX_ID_CHARS } from "../../visitors_list/visitor.ts";
import { isMeetingId } from "./destination.ts";
import type { ListRouteOptions } from "./route_options.ts";

/** The most events of one request, and its octets. */
const MAX_EVENTS = 2_000;
const MAX_BODY_OCTETS = 1024 * 1024;

const meetingId = z.string().refine(isMeetingId).meta({
  description: "The unique id of the meeting (`room._data.meetingId`).",
  pattern: "^[\\w.:@~-]{1,128}$",
});

const eventSchema = z.looseObject({
  meetingId,
  conference: z.string().meta({ description: "The name of the conference (a JID)." }),
  visitorId: z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${MAX_ID_CHARS}}$`)).meta({
    description: "The resource of the visitor's nick.",
  }),
  name: z.string().nullish().meta({ description: "As shown; a long one is cut." }),
  event: z.enum(["join", "leave"]),
});
type Event = z.infer<typeof eventSchema>;

const listed = z.array(eventSchema).max(MAX_EVENTS);
const batchSchema = z.union([listed, z.looseObject({ events: listed }), eventSchema]).meta({
  id: "VisitorEvents",
  description: "What happened, in this order: an array, an object with `events`, or one event.",
  examples: [[{
    meetingId: "0b1f7a64-5f0a-4c0c-9a0e-2d8f2b0f4e11",
    conference: "room@conference.meet.example",
    visitorId: "a1b2c3d4",
    name: "Ann",
    event: "join",
  }]],
});

const answer = z.object({
  changed: z.int().min(0).meta({ description: "How many visitors joined, left or were renamed." }),
  full: z.int().min(0).meta({ description: "How many found their list full and are not in it." }),
}).meta({ id: "VisitorEventsTaken", examples: [{ changed: 1, full: 0 }] });

/** What happened in one meeting. */
interface Batch {
  readonly meeting: string;
  /** The canonical name. */
  readonly conference: string;
  readonly changes: Change[];
}

/** `POST /visitors-list/events`: answered once all of it is durable. */
export function reportEvents(options: ListRouteOptions): Route<SystemPrincipal> {
  return {
    method: "POST",
    path: "/visitors-list/events",
    maxBody: MAX_BODY_OCTETS,
    operation: {
      operationId: "reportVisitors",
      summary: "Visitors joined or left meetings",
      description: "The events of a meeting are taken in their order, and the answer comes once " +
        "they are stored durably. What is sent again changes nothing.",
      security: SECURED,
      requestBody: { required: true, content: { "application/json": { schema: batchSchema } } },
      responses: {
        200: jsonReply("The events were taken.", answer),
        ...problems(400, 401, 403, 408, 413, 500, 503),
      },
    },
    authorize: (call) => authorizeSystem(call, options),
    handle: async (call, caller) => {
      const batches = await readBatches(call, caller, options);
      const reports = await Promise.allSettled(
        batches.map(({ meeting, conference, changes }) =>
          options.lists.report(meeting, conference, changes)
        ),
      );
      let changed = 0;
      let full = 0;
      for (const report of reports) {
        if (report.status === "rejected") continue;
        changed += report.value.changed;
        full += report.value.full;
      }
      options.changes.add(changed);
      options.full.add(full);
      for (const report of reports) if (report.status === "rejected") throw report.reason;
      return json({ changed, full } satisfies z.infer<typeof answer>);
    },
  };
}

/**
 * The events by meeting. Nothing is taken of a request that has a fault.
 *
 * @throws {Problem} 400, 403, 408, 413. @throws {ConferenceNameError}
 */
async function readBatches(
  call: Call,
  caller: SystemPrincipal,
  options: ListRouteOptions,
): Promise<Batch[]> {
  const result = batchSchema.safeParse(await call.json());
  if (!result.success) throw bodyProblem();
  const events = eventsOf(result.data);
  const keys = new Map<string, string>();
  const batches = new Map<string, Batch>();
  for (const event of events) {
    let conference = keys.get(event.conference);
    if (conference === undefined) {
      const name = options.names.parse(event.conference);
      requireCommand(caller, options, name);
      keys.set(event.conference, conference = name.key);
    }
    const meeting = event.meetingId;
    const batch = batches.get(meeting) ?? { meeting, conference, changes: [] };
    if (batch.conference !== conference) throw mixedProblem();
    batch.changes.push(changeOf(event));
    batches.set(meeting, batch);
  }
  return [...batches.values()];
}

function eventsOf(body: z.infer<typeof batchSchema>): readonly Event[] {
  if (Array.isArray(body)) return body;
  return "meetingId" in body ? [body as Event] : (body as { events: Event[] }).events;
}

function changeOf({ event, visitorId, name }: Event): Change {
  return { type: event, id: visitorId, name: keptName(name ?? "") };
}

function bodyProblem(): Problem {
  const detail = `The body is not an array of at most ${MAX_EVENTS} events. Send ` +
    '[{"meetingId": ..., "conference": ..., "visitorId": ..., "name": ..., "event": "join"}].';
  return new Problem(400, "events_invalid", detail);
}

function mixedProblem(): Problem {
  const detail = "A meeting has events of two conferences. Send each with the one it belongs to.";
  return new Problem(400, "conferences_mixed", detail);
}
