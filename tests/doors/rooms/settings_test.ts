import assert from "node:assert/strict";
import { doorValues } from "../../../src/config/config.ts";
import { ROOMS_DOOR } from "../../../src/doors/rooms/settings.ts";
import { load, OTHER_SECRET, problemsOf, SECRET, warningsOf } from "../../config/load.ts";

const KEYS = { JWT_APP_SECRET: SECRET, SYSTEM_JWT_SECRET: OTHER_SECRET };
const ROOMS = { ...KEYS, DOORS: "rooms", ROOMS_SECRET: "x".repeat(32) };

Deno.test("each setting of the rooms door has its default, and the demo its own", () => {
  assert.deepEqual(doorValues(load(ROOMS), ROOMS_DOOR), {
    ROOMS_SECRET: "x".repeat(32),
    ROOMS_REGISTRATION: "token",
    ROOMS_WEB_APP_URL: undefined,
    ROOMS_MAX_SIZE: 5,
    ROOMS_MAX_NAME: 100,
    ROOMS_MAX_OWNER: 255,
    ROOMS_DEFAULT_TTL_HOURS: 1_344,
    ROOMS_MAX_TTL_HOURS: 1_344,
    ROOMS_EXTEND_TTL_HOURS: 1_344,
    ROOMS_PARTICIPANT_TTL_SEC: 300,
    ROOMS_DELETED_TTL_SEC: 1_620,
    ROOMS_MAX_PER_OWNER: 100,
    ROOMS_MAX: 100_000,
    ROOMS_PUSH_ALLOW: undefined,
    ROOMS_PUSH_PRIVATE: false,
    ORIGIN_UUID: undefined,
  });
  assert.equal(doorValues(load({}), ROOMS_DOOR).ROOMS_REGISTRATION, "open");
  assert.equal(doorValues(load({}), ROOMS_DOOR).ROOMS_SECRET, undefined, "made for the run");
});

Deno.test("the rooms door does not open without a secret, and is closed unless it is named", () => {
  const problems = problemsOf({ ...KEYS, DOORS: "rooms" });
  assert.deepEqual(problems, [
    "ROOMS_SECRET: is not set, but DOORS has rooms; accepted: 32 octets or more that nobody can guess",
  ]);
  assert.deepEqual(problemsOf(KEYS), []);
  assert.equal(load(KEYS).doors.open.includes("rooms"), false);
  const [short] = problemsOf({ ...ROOMS, ROOMS_SECRET: "a-short-secret" });
  assert.match(short!, /^ROOMS_SECRET: .*32 octets/);
  assert.doesNotMatch(short!, /a-short-secret/);
});

Deno.test("settings that cannot be used are named with what can", () => {
  const wrong = {
    ROOMS_WEB_APP_URL: "https://app.example/rooms",
    ROOMS_MAX_SIZE: "101",
    ROOMS_PUSH_ALLOW: "push.example",
    ROOMS_REGISTRATION: "never",
    ORIGIN_UUID: "x",
  };
  const problems = problemsOf({ ...ROOMS, ...wrong });
  assert.deepEqual(problems.map((line) => line.split(":", 1)[0]).sort(), Object.keys(wrong).sort());
  const hours = problemsOf({ ...ROOMS, ROOMS_MAX_TTL_HOURS: "10" });
  assert.match(hours[0]!, /^ROOMS_DEFAULT_TTL_HOURS: is more than ROOMS_MAX_TTL_HOURS/);
  assert.deepEqual(
    warningsOf({ ...ROOMS, XMPP_DOMAIN: "m.example", XMPP_MUC_DOMAIN: "c.m.example" }),
    [],
  );
});
