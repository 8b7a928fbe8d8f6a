/**
 * The door's errors: `{"code","errno","error"}`, as its clients switch on them.
 *
 * @module
 */

import { getLogger } from "../../log/log.ts";
import { QueueUnavailableError } from "../../queue/view.ts";
import { StoreError } from "../../store/store.ts";
import { type Problem, respondTo } from "../../http/problem.ts";
import { type RefusalCode, RoomsUnavailableError } from "../../rooms/refusal.ts";

const logger = getLogger("rooms");

/** An error that has its answer. */
export class RoomsError extends Error {
  override readonly name = "RoomsError";

  constructor(
    /** Of HTTP. */
    readonly status: number,
    /** The clients' own number for it. */
    readonly errno: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  get body(): { code: number; errno: number; error: string } {
    return { code: this.status, errno: this.errno, error: this.message };
  }
}

export const tokenNotFound = (): RoomsError => new RoomsError(404, 105, "Token not found.");

export const badJson = (): RoomsError =>
  new RoomsError(400, 106, "Request body should be a JSON object");

export const badField = (message: string): RoomsError => new RoomsError(400, 107, message);

export const missing = (message: string): RoomsError => new RoomsError(400, 108, message);

export const tooLarge = (): RoomsError => new RoomsError(413, 113, "Request body is too large.");

export const forbidden = (message: string): RoomsError => new RoomsError(403, 999, message);

export const notOwner = (): RoomsError =>
  forbidden("Authenticated user is not the owner of this room.");

export function unauthorized(challenge: string, message = "Unauthorized"): RoomsError {
  return new RoomsError(401, 110, message, { "www-authenticate": challenge });
}

export function tooMany(retryAfterSec: number): RoomsError {
  return new RoomsError(429, 999, "Too Many Requests", {
    "retry-after": String(Math.max(1, Math.ceil(retryAfterSec))),
  });
}

export const unavailable = (): RoomsError =>
  new RoomsError(503, 201, "Service Unavailable", { "retry-after": "30" });

const REFUSALS: Readonly<Record<RefusalCode, () => RoomsError>> = {
  unknown_room: tokenNotFound,
  full: () => new RoomsError(400, 202, "The room is full."),
  too_many_to_handle: () =>
    new RoomsError(400, 121, "Too many participants in the room for you to handle."),
  not_inside: () => new RoomsError(410, 111, "Participation has expired."),
  // The rooms of this door are open to whoever knows their token.
  not_listed: () => forbidden("Authenticated user may not join this room."),
  owner_full: () => tooMany(60),
  house_full: unavailable,
  bound_elsewhere: () =>
    new RoomsError(409, 999, "Another room is bound to this conference already."),
  busy: () => tooMany(1),
};

export function refusalError(code: RefusalCode): RoomsError {
  return REFUSALS[code]();
}

/** Statuses of the HTTP side that have a number here. */
const NUMBERS: Readonly<Record<number, number>> = { 400: 106, 401: 110, 413: 113, 503: 201 };

/** What an error of any kind is to a client of this door; what nobody foresaw is logged. */
export function roomsErrorOf(error: unknown, request: Request): RoomsError {
  if (error instanceof RoomsError) return error;
  if (isOutage(error)) {
    logger.warn("A request cannot be answered now: {error}", { error: String(error) });
    return unavailable();
  }
  let known: RoomsError | undefined;
  respondTo(error, masked(request), (problem) => {
    known = fromProblem(problem);
    return new Response();
  });
  return known!;
}

/** Without the token of a room, by which anybody may come in: it is not logged. */
function masked({ method, url }: Request): Request {
  return new Request(url.replace(/(\/rooms\/)[^/?#]+/, "$1***"), { method });
}

function fromProblem({ status, message, options }: Problem): RoomsError {
  const { "content-type": _, ...headers } = options.headers ?? {};
  if (status === 503) return unavailable();
  const text = status === 413 ? tooLarge().message : message;
  return new RoomsError(status, NUMBERS[status] ?? 999, text, headers);
}

function isOutage(error: unknown): boolean {
  return error instanceof StoreError || error instanceof RoomsUnavailableError ||
    error instanceof QueueUnavailableError ||
    (error instanceof Error && error.name === "TimeoutError");
}
