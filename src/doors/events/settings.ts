import { declareDoor } from "../../config/declaration.ts";
import { filePath, integer } from "../../config/schemas.ts";
import { ORIGIN_UUID } from "../origin.ts";

/** What the door of events declares. */
export const EVENTS_DOOR = declareDoor({
  name: "events",
  settings: {
    EVENTS_PORT: {
      schema: integer(1, 65_535),
      doc: "The events socket is on this port too, and nothing else; 9502 is usual.",
    },
    EVENTS_TLS_CERT: {
      schema: filePath(),
      doc: "File with the certificate chain (PEM): with it `EVENTS_PORT` speaks TLS.",
    },
    EVENTS_TLS_KEY: {
      schema: filePath(),
      doc: "File with the private key (PEM) of `EVENTS_TLS_CERT`.",
    },
    ORIGIN_UUID,
    EVENTS_MAX_CONNECTIONS: {
      schema: integer(1, 10_000_000),
      shownDefault: "a quarter of `MAX_CONNECTIONS`",
      doc: "Events connections of the whole process; one more gets 503.",
    },
    EVENTS_MAX_BUFFER: {
      schema: integer(65_536, 1_073_741_824),
      default: "1048576",
      doc: "Octets that may be unsent to one events connection before it is closed.",
    },
    EVENTS_GUESTS: {
      schema: integer(0, 10_000),
      default: "100",
      doc: "Waiting visitors of a conference that are announced one by one; `0`: none.",
    },
    EVENTS_PUBLISH_RATE: {
      schema: integer(1, 1_000_000),
      default: "500",
      doc: "`POST /events` a second and process; twice as many at once.",
    },
  },
  check({ EVENTS_PORT, EVENTS_TLS_CERT, EVENTS_TLS_KEY }) {
    const problems = [];
    if ((EVENTS_TLS_CERT === undefined) !== (EVENTS_TLS_KEY === undefined)) {
      const [setting, other] = EVENTS_TLS_CERT === undefined
        ? ["EVENTS_TLS_CERT", "EVENTS_TLS_KEY"]
        : ["EVENTS_TLS_KEY", "EVENTS_TLS_CERT"];
      problems.push({ setting, text: `is not set, but ${other} is`, accepted: "both or neither" });
    }
    if (EVENTS_PORT === undefined && EVENTS_TLS_CERT !== undefined) {
      const text = "is not set, but a certificate for it is";
      problems.push({ setting: "EVENTS_PORT", text, accepted: "a port such as 9502" });
    }
    return { problems, warnings: [] };
  },
});
