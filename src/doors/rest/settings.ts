import { declareDoor } from "../../config/declaration.ts";

/** The REST part: it has the backend's requests and the health checks, so it is always open. */
export const REST_DOOR = declareDoor({ name: "rest", always: true, settings: {} });
