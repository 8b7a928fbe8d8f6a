import type { Declaration } from "./declaration.ts";
import { flag, integer } from "./schemas.ts";

/** What the doors have in common that speak STOMP. */
export const STOMP_SETTINGS = {
  HEARTBEAT_MS: {
    schema: integer(10, 60_000),
    default: "10000",
    doc: "STOMP heart-beats go out at least this often.",
  },
  DISCONNECT_ON_EXPIRY: {
    schema: flag(),
    default: "0",
    doc: "`1`: a connection ends when its token expires.",
  },
} as const satisfies Record<string, Declaration>;
