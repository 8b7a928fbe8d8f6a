import type { DoorSettings } from "../../config/declaration.ts";

/** The demo's page and its tokens. */
export const DEMO_DOOR = {
  name: "demo",
  demoOnly: true,
  settings: {},
} as const satisfies DoorSettings;
