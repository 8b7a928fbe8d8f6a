import { declareDoor } from "../../config/declaration.ts";
import { STOMP_SETTINGS } from "../../config/stomp_settings.ts";

/** What the door of visitors and moderators declares. */
export const QUEUE_DOOR = declareDoor({ name: "queue", settings: STOMP_SETTINGS });
