import type { DoorSettings } from "../../config/declaration.ts";

/** The REST part: it has the backend's requests and the health checks, so it is always open. */
export const REST_DOOR = {
  name: "rest",
  always: true,
  settings: {},
} as const satisfies DoorSettings;
