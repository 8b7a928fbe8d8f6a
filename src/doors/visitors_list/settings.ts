import { declareDoor } from "../../config/declaration.ts";
import { integer } from "../../config/schemas.ts";
import { STOMP_SETTINGS } from "../../config/stomp_settings.ts";

/** What the door of the visitors list declares. */
export const VISITORS_LIST_DOOR = declareDoor({
  name: "visitors-list",
  settings: {
    ...STOMP_SETTINGS,
    VISITORS_LIST_INTERVAL_MS: {
      schema: integer(10, 60_000),
      default: "3000",
      doc: "Changes of a visitors list are gathered for so long and told together.",
    },
  },
});
