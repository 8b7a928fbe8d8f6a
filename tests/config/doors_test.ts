import assert from "node:assert/strict";
import { type DoorSettings, doorValues, loadSettings } from "../../src/config/config.ts";
import { declareDoor } from "../../src/config/declaration.ts";
import { integer } from "../../src/config/schemas.ts";
import { settingsTable } from "../../src/config/table.ts";
import { OTHER_SECRET, PLACE, SECRET } from "./load.ts";

const KEYS = { ...PLACE, JWT_APP_SECRET: SECRET, SYSTEM_JWT_SECRET: OTHER_SECRET };

const SHARED = { schema: integer(1, 9), default: "3", doc: "Shared." } as const;
const SECRET_OF_ATTIC = { schema: integer(0, 9), doc: "A key.", key: true, secret: true } as const;

const hall = declareDoor({ name: "queue", settings: { SHARED_SIZE: SHARED } });
const rest = declareDoor({ name: "rest", always: true, settings: {} });
const garden = declareDoor({ name: "garden", demoOnly: true, settings: {} });
const attic = declareDoor({
  name: "attic",
  settings: { SHARED_SIZE: SHARED, ATTIC_KEY: SECRET_OF_ATTIC },
  check({ SHARED_SIZE: size }, { demo }) {
    const problems = size > 5 ? [{ setting: "SHARED_SIZE", text: `is ${size}` }] : [];
    const text = `is small${demo ? ", in the demo" : ""}`;
    const small = { code: "door", setting: "SHARED_SIZE", text } as const;
    return { problems, warnings: size === 1 ? [small] : [] };
  },
});

const doors: readonly DoorSettings[] = [rest, hall, attic, garden];

function load(env: Record<string, string>) {
  return loadSettings(env, { doors, cores: 1 });
}

function problemsOf(env: Record<string, string>): string {
  try {
    load(env);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

Deno.test("the queue is open unless DOORS says otherwise; the REST part is open always", () => {
  assert.deepEqual(load(KEYS).settings.doors.open, ["rest", "queue"]);
  assert.deepEqual(load({ ...KEYS, DOORS: " Attic ,attic" }).settings.doors.open, [
    "rest",
    "attic",
  ]);
  const both = load({ ...KEYS, DOORS: "attic,queue" });
  assert.deepEqual(both.settings.doors.open, ["rest", "queue", "attic"]);
});

Deno.test("in demo mode all doors are open, and those of the demo; DOORS chooses among the former", () => {
  assert.deepEqual(load({}).settings.doors.open, ["rest", "queue", "attic", "garden"]);
  assert.deepEqual(load({ DOORS: "queue" }).settings.doors.open, ["rest", "queue", "garden"]);
});

Deno.test("an unknown door is a problem that lists those that there are", () => {
  for (const name of ["atic", "rest", "garden", "queue;attic"]) {
    assert.match(problemsOf({ ...KEYS, DOORS: name }), /DOORS: .*accepted: .* queue, attic$/m);
  }
});

Deno.test("a door has the values of its settings, also of one that it shares", () => {
  const { settings } = load({ ...KEYS, SHARED_SIZE: "4" });
  const ofAttic = doorValues(settings, attic);
  assert.deepEqual(ofAttic, { SHARED_SIZE: 4, ATTIC_KEY: undefined });
  assert.deepEqual(doorValues(settings, hall), { SHARED_SIZE: 4 });
  assert.deepEqual(structuredClone(settings.doors), settings.doors);
  const stranger = { name: "cellar", settings: {} };
  assert.throws(() => doorValues(settings, stranger), { name: "TypeError", message: /cellar/ });
});

Deno.test("a wrong value is told of a closed door too; what is between values, of an open one alone", () => {
  assert.match(problemsOf({ ...KEYS, SHARED_SIZE: "x" }), /SHARED_SIZE: cannot use "x"/);
  assert.equal(problemsOf({ ...KEYS, SHARED_SIZE: "7" }), "");
  assert.match(problemsOf({ ...KEYS, SHARED_SIZE: "7", DOORS: "attic" }), /SHARED_SIZE: is 7/);
  const small = (env: Record<string, string>) =>
    load({ ...env, SHARED_SIZE: "1" }).warnings.filter(({ code }) => code === "door")
      .map(({ text }) => text);
  assert.deepEqual(small(KEYS), []);
  assert.deepEqual(small({ ...KEYS, DOORS: "attic" }), ["is small"]);
  assert.deepEqual(small({}), ["is small, in the demo"]);
});

Deno.test("two declarations of one name are a fault of the program", () => {
  const other = { name: "cellar", settings: { SHARED_SIZE: { ...SHARED } } };
  const twice = { name: "cellar", settings: { PORT: { ...SHARED } } };
  for (const door of [other, twice]) {
    const all = [...doors, door];
    assert.throws(() => loadSettings(KEYS, { doors: all }), TypeError);
    assert.throws(() => settingsTable(all), { message: /Cannot declare (SHARED_SIZE|PORT) twice/ });
  }
});

Deno.test("a key of a door ends demo mode, and is never shown", () => {
  assert.equal(load({ ATTIC_KEY: "5" }).settings.demo, false);
  const problem = problemsOf({ ATTIC_KEY: "hunter2" });
  assert.match(problem, /ATTIC_KEY: cannot use its value/);
  assert.ok(!problem.includes("hunter2"));
});

Deno.test("the table says which doors a setting belongs to", () => {
  const table = settingsTable(doors);
  assert.match(table, /^\| `SHARED_SIZE` \| `3` \| queue, attic \| Shared\. \|$/m);
  assert.match(table, /^\| `ATTIC_KEY` \| {2}\| attic \| A key\. \|$/m);
  assert.match(table, /^\| `DOORS` \| `queue`; in the demo `queue,attic` \| {2}\| /m);
});
