import type { CloseReason } from "../../metrics/metrics.ts";
import { SessionCloseError, type StompError, type StompErrorCode } from "../../stomp/mod.ts";

/** What is counted for a refusal that is no breach of the protocol. */
const REASONS: Partial<Record<StompErrorCode, CloseReason>> = {
  "forbidden": "forbidden",
  "limit-exceeded": "flood",
  "not-supported": "forbidden",
  "too-large": "too_big",
  "unauthorized": "auth",
};

/** Why a connection ends whose session ends with `error`, for who counts. */
export function closeReasonOf(error: StompError | SessionCloseError): CloseReason {
  if (error instanceof SessionCloseError) return "overload";
  return REASONS[error.code] ?? "protocol";
}
