import type { CloseReason } from "../metrics/close_reason.ts";
import type { StompError, StompErrorCode } from "../stomp/mod.ts";

/** What is counted for a refusal that is no breach of the protocol. */
const REASONS: Partial<Record<StompErrorCode, CloseReason>> = {
  "forbidden": "forbidden",
  "limit-exceeded": "flood",
  "not-supported": "forbidden",
  "too-large": "too_big",
  "unauthorized": "auth",
};

/** Why a connection ends whose session ends with `error`, for who counts. */
export function closeReasonOf({ code }: StompError): CloseReason {
  return REASONS[code] ?? "protocol";
}
