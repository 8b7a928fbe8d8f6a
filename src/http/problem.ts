/**
 * What an error means to a caller, and its answer: `application/problem+json` (RFC 9457) with a
 * `detail` that says what to do, unless a door writes it in a form of its own.
 *
 * @module
 */

import { z } from "zod";
import { AuthError } from "../auth/auth_error.ts";
import { getLogger } from "../log/log.ts";
import { ConferenceNameError } from "../access/conference_name.ts";
import { rawPath } from "./raw_path.ts";

const log = getLogger("http");

/** The titles are the phrases of the status codes: `about:blank` asks for it. */
const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

/** A status that a problem may have. */
export type ProblemStatus = keyof typeof TITLES;

/** The title of a status: its phrase (RFC 9110). */
export const problemTitle = (status: ProblemStatus): string => TITLES[status];

/** The body of every error. */
export const problemSchema = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().meta({ description: "What is wrong and what to do." }),
  code: z.string().meta({ description: "Stable; switch on this, not on the texts." }),
}).meta({
  id: "Problem",
  description: "An error (RFC 9457).",
  examples: [{
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail: 'The body has no "conference". Send {"conference": "room@conference.meet.example"}.',
    code: "conference_missing",
  }],
});

/** What a problem may carry besides its text. */
export interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error that has its answer. Its message goes to the caller. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly status: ProblemStatus,
    readonly code: string,
    detail: string,
    readonly options: ProblemOptions = {},
  ) {
    super(detail, { cause: options.cause });
  }

  toResponse(): Response {
    const { status, code } = this;
    const detail = this.message;
    const body = { type: "about:blank", title: TITLES[status], status, detail, code };
    return new Response(JSON.stringify(body), {
      status,
      headers: {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        ...this.options.headers,
      },
    });
  }
}

/** No token was sent. */
export function tokenMissing(): Problem {
  const detail = 'There is no token. Send a system token: "Authorization: Bearer <JWT>".';
  return new Problem(401, "token_missing", detail, { headers: challenge() });
}

/** RFC 6750 section 3: `error` stands only where a token was sent. */
function challenge(error?: string): Record<string, string> {
  const realm = 'Bearer realm="waiting-queue"';
  return { "www-authenticate": error ? `${realm}, error="${error}"` : realm };
}

/** Something that is expected to pass. */
export function unavailable(code: string, detail: string, cause?: unknown): Problem {
  return new Problem(503, code, detail, { headers: { "retry-after": RETRY_AFTER_SEC }, cause });
}

const RETRY_AFTER_SEC = "5";

/** Codes of {@linkcode AuthError} that say nothing against the token. */
const PASSING_AUTH_CODES = new Set(["key_unavailable", "busy"]);

/** What an error means to the caller; of one that nobody foresaw, nothing is shown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof AuthError) return authProblem(error);
  if (error instanceof ConferenceNameError) {
    return new Problem(400, "conference_invalid", error.message, { cause: error });
  }
  const detail = "An error inside the service. It is in the log; try again.";
  return new Problem(500, "internal", detail, { cause: error });
}

function authProblem(error: AuthError): Problem {
  if (PASSING_AUTH_CODES.has(error.code)) {
    return unavailable("auth_unavailable", "The token cannot be checked now. Try again.", error);
  }
  if (error.code === "missing") return tokenMissing();
  const detail =
    `The token is not accepted (${error.code}). Send a valid one: "Authorization: Bearer <JWT>".`;
  const headers = challenge("invalid_token");
  return new Problem(401, "invalid_token", detail, { headers, cause: error });
}

/**
 * Answers an error and logs it as loud as it deserves.
 *
 * @param write the form of the answer; a door may have one of its own.
 */
export function respondTo(
  error: unknown,
  request: Request,
  write: (problem: Problem) => Response = (problem) => problem.toResponse(),
): Response {
  const problem = problemOf(error);
  logProblem(problem, request);
  return write(problem);
}

function logProblem(problem: Problem, request: Request): void {
  const properties = {
    method: request.method,
    path: rawPath(request.url),
    status: problem.status,
    code: problem.code,
    detail: problem.message,
  };
  const message = "{method} {path}: {status} {code}";
  if (problem.status === 500) log.error(message, { ...properties, error: problem.options.cause });
  else if (problem.status === 503) {
    log.warn(message, { ...properties, error: problem.options.cause });
  } else if (problem.status === 401 || problem.status === 403) log.info(message, properties);
  else log.debug(message, properties);
}
