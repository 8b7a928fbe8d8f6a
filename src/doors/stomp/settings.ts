import { declareDoor } from "../../config/declaration.ts";
import { flag, integer } from "../../config/schemas.ts";

/** What the door of visitors and moderators declares. */
export const QUEUE_DOOR = declareDoor({
  name: "queue",
  settings: {
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
  },
});
