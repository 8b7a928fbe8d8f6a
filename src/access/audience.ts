/**
 * Whose eyes an event is for. It is a part of the event, and the access policy says who belongs to
 * it, so that no door decides that by itself. A system client (a SIP gateway) waits as a visitor does.
 */
export type Audience = "visitors" | "moderators";
