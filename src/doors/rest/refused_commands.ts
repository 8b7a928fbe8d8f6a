import { bearerToken, decodeToken } from "../../auth/token.ts";
import { peerAddressOf } from "../../front/peer_address.ts";
import type { Problem } from "../../http/problem.ts";
import { rawPath } from "../../http/raw_path.ts";
import { getLogger } from "../../log/log.ts";
import type { Clock, Timer } from "../../time/clock.ts";

/** One line a minute for each cause. */
const LINE_MS = 60_000;
/** Causes that are told apart: the codes of this service, of which there are fewer. */
const MAX_CAUSES = 32;

const NEXT: Readonly<Record<string, string>> = {
  token_missing: "an empty header is what Prosody sends where it cannot read asap_key_path",
  invalid_token: "deno task explain says step by step why",
};

const logger = getLogger("rest");

interface Cause {
  readonly timer: Timer;
  /** How often since the last line. */
  more: number;
  /** The latest of them. */
  tell: () => void;
}

export interface RefusedCommandsOptions {
  readonly clock: Clock;
  /** It was for what the token is. */
  readonly countRefused: (code: string) => void;
}

/**
 * Go-lives and other commands that were refused. A backend does not try again, so somebody must
 * learn of it: the first of a cause at once, further ones summed up, a line a minute.
 */
export class RefusedCommands {
  readonly #options: RefusedCommandsOptions;
  readonly #causes = new Map<string, Cause>();

  constructor(options: RefusedCommandsOptions) {
    this.#options = options;
  }

  /** A command was answered with `problem`; of a token nothing but `kid` and `iss` is told. */
  add(problem: Problem, request: Request): void {
    if (problem.status === 401 || problem.status === 403) {
      this.#options.countRefused(problem.code);
    }
    const line = describe(problem, request);
    const known = this.#causes.get(problem.code);
    if (known) {
      known.more++;
      known.tell = () => write(line, known.more);
    } else if (this.#causes.size < MAX_CAUSES) {
      write(line, 1);
      this.#wait(problem.code);
    }
  }

  #wait(code: string): void {
    const timer = this.#options.clock.after(LINE_MS, () => {
      const { more, tell } = this.#causes.get(code)!;
      this.#causes.delete(code);
      if (more === 0) return;
      tell();
      this.#wait(code);
    });
    this.#causes.set(code, { timer, more: 0, tell: () => {} });
  }
}

type Line = Readonly<Record<string, unknown>>;

function write(line: Line, times: number): void {
  const often = times > 1 ? " ({times} of this kind within a minute)" : "";
  const next = line.next === undefined ? "" : "; {next}";
  logger.warn(
    `{method} {path} from {peer} was refused with {status} {code}: {reason}${next}${often}`,
    { ...line, times },
  );
}

function describe(problem: Problem, request: Request): Line {
  const { cause } = problem.options;
  const next = NEXT[problem.code];
  return {
    method: request.method,
    path: rawPath(request.url),
    peer: peerAddressOf(request) ?? "an unknown address",
    status: problem.status,
    code: problem.code,
    reason: cause instanceof Error ? cause.message : problem.message,
    ...(next !== undefined && { next }),
    ...claimed(request.headers.get("authorization")),
  };
}

/** What the token says of its maker; nobody has checked it. */
function claimed(authorization: string | null): { kid?: unknown; iss?: unknown } {
  try {
    const { header, payload } = decodeToken(bearerToken(authorization ?? ""));
    return { kid: header.kid, iss: payload.iss };
  } catch {
    return {};
  }
}
