import { z } from "zod";
import { declareDoor } from "../../config/declaration.ts";
import { flag, integer, list, oneOf, opaque } from "../../config/schemas.ts";
import type { ValuesOf } from "../../config/declaration.ts";
import { ORIGIN_UUID } from "../origin.ts";
import { PUSH_ORIGIN } from "./push/allow_list.ts";

/** The least octets of `ROOMS_SECRET`. */
const SECRET_OCTETS = 32;
const MAX_HOURS = 87_600;

/** What the rooms door declares. */
export const ROOMS_DOOR = declareDoor({
  name: "rooms",
  settings: {
    ROOMS_SECRET: {
      schema: opaque(`${SECRET_OCTETS} octets or more`)
        .refine((text) => new TextEncoder().encode(text).length >= SECRET_OCTETS)
        .describe(`${SECRET_OCTETS} octets or more`),
      shownDefault: "none; the demo makes one for each run",
      doc: "Seals what the rooms door stores. All machines have the same; with another one all " +
        "sessions end.",
      production: true,
      secret: true,
    },
    ROOMS_REGISTRATION: {
      schema: oneOf(["token", "open"]),
      default: "token",
      demoDefault: "open",
      doc: "Who may register: `token`, whoever has a JWT; `open`, everybody.",
    },
    ROOMS_WEB_APP_URL: {
      schema: z.string().max(1_000).refine(isPageUrl)
        .describe("an http:// or https:// URL that has {token} in it"),
      shownDefault: "`http://localhost:{PORT}/rooms/{token}`",
      doc: "The page of a room, as `roomUrl` names it.",
    },
    ROOMS_MAX_SIZE: {
      schema: integer(1, 100),
      default: "5",
      doc: "The most seats that a room may have.",
    },
    ROOMS_MAX_NAME: {
      schema: integer(1, 1_000),
      default: "100",
      doc: "The most characters of `roomName`.",
    },
    ROOMS_MAX_OWNER: {
      schema: integer(1, 1_000),
      default: "255",
      doc: "The most characters of `roomOwner`.",
    },
    ROOMS_DEFAULT_TTL_HOURS: {
      schema: integer(1, MAX_HOURS),
      default: "1344",
      doc: "How long a room stays whose maker does not say.",
    },
    ROOMS_MAX_TTL_HOURS: {
      schema: integer(1, MAX_HOURS),
      default: "1344",
      doc: "The longest that a maker may say.",
    },
    ROOMS_EXTEND_TTL_HOURS: {
      schema: integer(1, MAX_HOURS),
      default: "1344",
      doc: "How long a room stays at least after somebody came or went.",
    },
    ROOMS_PARTICIPANT_TTL_SEC: {
      schema: integer(1, 86_400),
      default: "300",
      doc: "How long a participation lasts without a refresh.",
    },
    ROOMS_DELETED_TTL_SEC: {
      schema: integer(1, 86_400),
      default: "1620",
      doc: "How long a deleted room is still listed as such.",
    },
    ROOMS_MAX_PER_OWNER: {
      schema: integer(1, 1_000),
      default: "100",
      doc: "Rooms of one owner; over it 429.",
    },
    ROOMS_MAX: {
      schema: integer(1, 1_000_000),
      default: "100000",
      doc: "Rooms in all; over it 503.",
    },
    ROOMS_PUSH_ALLOW: {
      schema: list(PUSH_ORIGIN),
      doc: "Origins that may be told of changes, such as `https://push.example.com` or " +
        "`https://*.push.example.com`; unset: none.",
    },
    ROOMS_PUSH_PRIVATE: {
      schema: flag(),
      default: "0",
      doc: "`1`: they may have private and loopback addresses.",
    },
    ORIGIN_UUID,
  },
  check(values, { demo }) {
    const problems = [];
    if (values.ROOMS_SECRET === undefined && !demo) {
      problems.push({
        setting: "ROOMS_SECRET",
        text: "is not set, but DOORS has rooms",
        accepted: `${SECRET_OCTETS} octets or more that nobody can guess`,
      });
    }
    if (values.ROOMS_DEFAULT_TTL_HOURS > values.ROOMS_MAX_TTL_HOURS) {
      problems.push({
        setting: "ROOMS_DEFAULT_TTL_HOURS",
        text: "is more than ROOMS_MAX_TTL_HOURS",
        accepted: `a whole number from 1 to ${values.ROOMS_MAX_TTL_HOURS}`,
      });
    }
    return { problems, warnings: [] };
  },
});

/** The value of each of the door's settings. */
export type RoomsValues = ValuesOf<typeof ROOMS_DOOR.settings>;

function isPageUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && text.includes("{token}") &&
    URL.canParse(text.replaceAll("{token}", "x"));
}
