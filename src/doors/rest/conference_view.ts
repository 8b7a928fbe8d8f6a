import { z } from "zod";
import type { ConferenceView } from "../../queue/view.ts";

/** A conference as it is published. */
export const conferenceView = z.object({
  conference: z.string().meta({ description: "The canonical name." }),
  status: z.enum(["waiting", "live"]),
  visitorsWaiting: z.int().min(0),
  moderators: z.int().min(0).meta({ description: "Moderators who watch the count." }),
  liveSince: z.iso.datetime().optional().meta({ description: "Only while it is live." }),
}).meta({
  id: "Conference",
  examples: [{
    conference: "room@conference.meet.example",
    status: "live",
    visitorsWaiting: 42,
    moderators: 1,
    liveSince: "2026-01-31T18:00:00.000Z",
  }],
});

/** Times leave the service as ISO 8601, which no reader can mistake for seconds. */
export function publish(view: ConferenceView): z.infer<typeof conferenceView> {
  const { conference, status, visitorsWaiting, moderators, liveSince } = view;
  return {
    conference,
    status,
    visitorsWaiting,
    moderators,
    ...(liveSince !== undefined && { liveSince: new Date(liveSince).toISOString() }),
  };
}
