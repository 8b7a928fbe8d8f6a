/**
 * Holds the picture of docs/architecture.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  cyclesOf,
  filesUnder,
  type ImportGraph,
  readImportGraph,
  readProjectFile,
} from "./support/import_graph.ts";

/** From the top; a file belongs to the first that fits. */
const LAYERS: readonly (readonly [layer: number, files: RegExp])[] = [
  [7, /^\w+\.ts$/],
  [6, /^src\/(app\.ts$|process\/|commands\/)/],
  [5, /^src\/doors\//],
  [4, /^src\/(http|front|config)\//],
  [3.5, /^src\/stomp_host\//],
  [3, /^src\/gateway\//],
  [2, /^src\/(queue|rooms|visitors_list)\//],
  [1.5, /^src\/(access|stream)\//],
  [1, /^src\/(stomp|auth|bus|store)\//],
  // Its version is told to clients.
  [0, /^deno\.json$/],
  [0, /^src\/(log|metrics|redis|time|base)\//],
];

/** The implementations behind the ports of the bus, the store and the socket. */
const DRIVERS =
  /^src\/(bus\/(broadcast_channel|redis)|store\/(kv|redis|remote)|front\/(deno|ws))\.ts$/;

/** What is no driver's class but belongs to it, and to the process rather than to an isolate. */
const DRIVER_PARTS = [
  "src/process/supervisor.ts -> src/bus/broadcast_channel.ts",
  "src/process/supervisor.ts -> src/store/remote.ts",
];

const CONFIG = /^src\/config\//;
const MAX_LINES = 350;

/** What an operator runs beside the service: each is a process of its own, with its settings. */
const COMMANDS = /^src\/commands\//;

const entries = [...Deno.readDirSync(new URL("../", import.meta.url))]
  .map(({ name }) => name).filter((name) => name.endsWith(".ts")).sort();
const files = [...entries, ...filesUnder("src", ".ts", ".js")];
const graph = await readImportGraph(files);

function layerOf(file: string): number | undefined {
  return LAYERS.find(([, pattern]) => pattern.test(file))?.[0];
}

/** `src/stomp` of `src/stomp/frame.ts`. */
function folderOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}

/** The imports that break a rule, as `from -> to`. */
function offending(
  breaks: (from: string, to: string, typeOnly: boolean) => boolean,
  from: ImportGraph = graph,
): string[] {
  return [...from].flatMap(([file, imports]) =>
    imports.filter(({ to, typeOnly }) => breaks(file, to, typeOnly))
      .map(({ to }) => `${file} -> ${to}`)
  );
}

Deno.test("every file has its layer", () => {
  assert.ok(files.length > 100, "the files are found");
  assert.deepEqual(files.filter((file) => layerOf(file) === undefined), []);
  assert.deepEqual(files.filter((file) => !graph.has(file)), []);
  const loadedLate = graph.get("src/app.ts")!.map(({ to }) => to);
  assert.ok(loadedLate.includes("src/store/redis.ts"), "import() is read as well");
});

Deno.test("an import points only downwards", () => {
  const upwards = offending((from, to) => (layerOf(to) ?? -1) > layerOf(from)!);
  assert.deepEqual(upwards, []);
});

Deno.test("no file of the service imports one from outside it", () => {
  const outside = offending((_, to) => !/^(npm|node):/.test(to) && layerOf(to) === undefined);
  assert.deepEqual(outside, []);
});

Deno.test("stomp, auth, bus and store never import each other, nor does a domain another", () => {
  const siblings = offending((from, to) =>
    [1, 2].includes(layerOf(from)!) && layerOf(from) === layerOf(to) &&
    folderOf(from) !== folderOf(to)
  );
  assert.deepEqual(siblings, []);
});

Deno.test("nothing imports itself by way of others, types included", () => {
  assert.deepEqual(cyclesOf(graph), []);
});

Deno.test("stomp imports nothing from outside its folder, and no package", () => {
  const outside = offending((from, to) =>
    from.startsWith("src/stomp/") && !to.startsWith("src/stomp/")
  );
  assert.deepEqual(outside, []);
});

Deno.test("app.ts and the process know the settings; a door knows how they are declared", () => {
  const machinery = /^src\/config\/(declaration|schemas|stomp_settings)\.ts$/;
  const knowing = offending((from, to, typeOnly) => {
    if (!CONFIG.test(to) || CONFIG.test(from) || layerOf(from)! > 5) return false;
    const door = layerOf(from) === 5;
    return !(door && (typeOnly || machinery.test(to)));
  });
  assert.deepEqual(knowing, []);
});

Deno.test("no door knows another", () => {
  const doorOf = (file: string) => file.match(/^src\/doors\/(\w+)\//)?.[1];
  const knowing = offending((from, to) => {
    const [one, other] = [doorOf(from), doorOf(to)];
    return one !== undefined && other !== undefined && one !== other;
  });
  assert.deepEqual(knowing, []);
});

Deno.test("the environment is read where a process begins", () => {
  const readers = files.filter((file) => /\b(Deno|process)\.env\b/.test(readProjectFile(file)));
  assert.deepEqual(readers.filter((file) => !COMMANDS.test(file)), ["main.ts"]);
  assert.ok(readers.filter((file) => COMMANDS.test(file)).length <= 1, String(readers));
});

Deno.test("the service knows nothing of the commands beside it", () => {
  const knowing = offending((from, to) =>
    COMMANDS.test(to) && !COMMANDS.test(from) && (layerOf(from) !== 7 || from === "main.ts")
  );
  assert.deepEqual(knowing, []);
});

Deno.test("of the service, app.ts alone names drivers", () => {
  const naming = offending((from, to, typeOnly) =>
    DRIVERS.test(to) && folderOf(from) !== folderOf(to) && from !== "src/app.ts" && !typeOnly &&
    !COMMANDS.test(from)
  );
  assert.deepEqual(naming.filter((line) => !DRIVER_PARTS.includes(line)), []);
});

Deno.test("a package is used in one place", () => {
  const places: Record<string, RegExp> = {
    "@hono/node-server": /^src\/front\/ws_listener\.ts$/,
    "@logtape/logtape": /^src\/log\//,
    "@stomp/stompjs": /^src\/doors\/demo\/assets\.ts$/,
    "cluster-key-slot": /^src\/store\/redis_writes\.ts$/,
    hono: /^src\/(http|doors)\//,
    ioredis: /^src\/(redis|bus|store)\//,
    jose: /^src\/auth\//,
    "prom-client": /^src\/metrics\//,
    ws: /^src\/front\/ws\.ts$/,
    "zod-openapi": /^src\/http\//,
    zod: /^src\/(config|http|queue|rooms|visitors_list|doors)\//,
  };
  const elsewhere = offending((from, to) => {
    const name = to.match(/^npm:\/?(@[^/]+\/[^@/]+|[^@/]+)/)?.[1];
    return name !== undefined && !places[name]?.test(from);
  });
  assert.deepEqual(elsewhere, []);
});

Deno.test("a WebSocket is touched by a front alone", () => {
  const touching = files.filter((file) =>
    file.endsWith(".ts") && !file.startsWith("src/front/") &&
    /\bupgradeWebSocket\(|\bnew WebSocket/.test(readProjectFile(file))
  );
  assert.deepEqual(touching, []);
});

Deno.test("no file is too long to be read at once", () => {
  const long = [...entries, ...filesUnder("src", "")]
    .map((file) => `${file}: ${readProjectFile(file).split("\n").length - 1}`)
    .filter((line) => Number(line.split(": ")[1]) > MAX_LINES);
  assert.deepEqual(long, []);
});

Deno.test("every package comes from one registry, and nothing is left undone", () => {
  const all = [...entries, "deno.json", ...["src", "tests", "examples"].flatMap(filesUnderAny)];
  // Put together here, so that this file does not find itself.
  const unwanted = new RegExp([`["']jsr${":"}`, `\\bTO${"DO"}\\b`, `\\bFIX${"ME"}\\b`].join("|"));
  assert.deepEqual(all.filter((file) => unwanted.test(readProjectFile(file))), []);
});

Deno.test("a cycle would be found, by way of a type too", () => {
  const link = (to: string, typeOnly = false) => [{ to, typeOnly }];
  const ring = new Map([["a", link("b")], ["b", link("c", true)], ["c", link("a")], [
    "d",
    link("a"),
  ]]);
  assert.deepEqual(cyclesOf(ring), [["a", "b", "c"]]);
  assert.deepEqual(offending((from, to) => from === "b" && to === "c", ring), ["b -> c"]);
});

function filesUnderAny(folder: string): string[] {
  return filesUnder(folder, ".ts", ".js", ".sh", ".html", ".css", ".md", ".lua", ".py");
}
