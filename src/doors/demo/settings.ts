import { declareDoor } from "../../config/declaration.ts";

/** The demo's page and its tokens. */
export const DEMO_DOOR = declareDoor({
  name: "demo",
  demoOnly: true,
  settings: {},
});
