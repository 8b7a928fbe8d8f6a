import assert from "node:assert/strict";
import { z } from "zod";
import { jsonReply } from "../../src/http/problem_replies.ts";
import type { Operation as HttpOperation, RouteGroup } from "../../src/http/route.ts";
import { said } from "./door.ts";
import { assertProblem, bearer, testApp } from "./support.ts";

type Json = Record<string, unknown>;
interface Operation {
  readonly operationId: string;
  readonly tags: string[];
  readonly security: unknown[];
  readonly parameters?: { name: string; example: string }[];
  readonly requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  readonly responses: Record<string, { $ref?: string; content?: Json }>;
}
interface Document {
  readonly openapi: string;
  readonly info: { version: string };
  readonly servers: { url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    schemas: Record<string, Json>;
    securitySchemes: Record<string, Json>;
    responses: Record<string, { content: Json; headers?: Json }>;
  };
}

async function load(options: Parameters<typeof testApp>[0] = {}): Promise<Document> {
  const response = await testApp(options).get("/openapi.json");
  assert.equal(response.status, 200);
  return await response.json();
}

/** A schema of the document, made anew from the document alone. */
function schemaOf(document: Document, ref: string): z.ZodType {
  const name = ref.slice(ref.lastIndexOf("/") + 1);
  const inlined = JSON.parse(
    JSON.stringify(document.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"),
  );
  return z.fromJSONSchema({ ...inlined[name], $defs: inlined });
}

/** Every `$ref` in the document. */
function refsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    name === "$ref" ? [String(item)] : refsOf(item)
  );
}

Deno.test("the document lists every route with its method, and no other", async () => {
  const { paths, openapi, servers } = await load();
  const routes = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`)
  );
  assert.deepEqual(routes.sort(), [
    "get /conferences",
    "get /conferences/{conference}",
    "get /health",
    "get /metrics",
    "get /openapi.json",
    "get /ready",
    "post /endlive",
    "post /golive",
  ]);
  assert.match(openapi, /^3\.1\./);
  assert.deepEqual(servers, [{ url: "/" }, { url: "/waiting-queue" }]);
});

Deno.test("every route of the document is there", async () => {
  const { fetch } = testApp();
  const { paths } = await load();
  for (const [path, item] of Object.entries(paths)) {
    for (const method of Object.keys(item)) {
      const response = await fetch(path.replace("{conference}", "room@x"), {
        method: method.toUpperCase(),
        headers: bearer("system"),
        ...(method === "post" && { body: '{"conference":"room@x"}' }),
      });
      assert.equal(response.status, 200, path);
      await response.body?.cancel();
    }
  }
});

Deno.test("metrics on a port of their own are not in the document", async () => {
  const { paths, servers } = await load({ metrics: undefined as never, basePath: "" });
  assert.equal(paths["/metrics"], undefined);
  assert.deepEqual(servers, [{ url: "/" }]);
});

Deno.test("the document has the version of the service", async () => {
  assert.equal((await load({ version: "4.5.6" })).info.version, "4.5.6");
});

Deno.test("every reference leads somewhere and operations have ids of their own", async () => {
  const document = await load();
  const refs = refsOf(document);
  assert.ok(refs.length > 20);
  for (const ref of refs) {
    const target = ref.slice(2).split("/").reduce<unknown>(
      (at, name) => (at as Json | undefined)?.[name],
      document,
    );
    assert.ok(target, ref);
  }
  const ids = Object.values(document.paths).flatMap((item) =>
    Object.values(item).map((operation) => operation.operationId)
  );
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("every example in the document fits its own schema", async () => {
  const document = await load();
  let examples = 0;
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    for (const example of (schema.examples ?? []) as unknown[]) {
      const result = schemaOf(document, name).safeParse(example);
      assert.ok(result.success, `${name}: ${result.error}`);
      examples++;
    }
  }
  assert.ok(examples >= 8);
});

Deno.test("the schemas of the document refuse what the service refuses", async () => {
  const document = await load();
  const { post } = testApp();
  const content = document.paths["/golive"]!.post!.requestBody!.content["application/json"]!;
  const schema = schemaOf(document, content.schema.$ref);
  const bodies = [{}, { conference: 5 }, [], null, { conference: "room@x" }, {
    conference: "a",
    b: 1,
  }];
  for (const body of bodies) {
    const { status } = await post("/golive", body, "system");
    assert.equal(schema.safeParse(body).success, status === 200, JSON.stringify(body));
  }
});

Deno.test("what the service answers fits what the document says of it", async () => {
  const document = await load();
  const { fetch } = testApp();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const response = await fetch(path.replace("{conference}", "room@x"), {
        method: method.toUpperCase(),
        headers: bearer("system"),
        ...(method === "post" && { body: '{"conference":"room@x"}' }),
      });
      const type = response.headers.get("content-type")!.split(";")[0]!;
      const content = operation.responses["200"]!.content![type] as { schema: { $ref: string } };
      const body = type === "text/plain" ? await response.text() : await response.json();
      schemaOf(document, content.schema.$ref).parse(body);
    }
  }
});

Deno.test("routes that ask for a token say so and document 401 and 403 with their headers", async () => {
  const document = await load();
  const { fetch } = testApp();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, { security, responses }] of Object.entries(item)) {
      const open = await fetch(path.replace("{conference}", "r@x"), {
        method: method.toUpperCase(),
      });
      if (security.length === 0) {
        assert.equal(open.status, 200, path);
        await open.body?.cancel();
        continue;
      }
      await assertProblem(open, 401, "token_missing");
      for (const status of ["401", "403", "500", "503"]) assert.ok(responses[status], path);
    }
  }
  const { responses } = document.components;
  assert.ok(responses.Unauthorized!.headers!["WWW-Authenticate"]);
  assert.ok(responses.ServiceUnavailable!.headers!["Retry-After"]);
});

Deno.test("commands document every error that they answer", async () => {
  const { paths } = await load();
  for (const path of ["/golive", "/endlive"]) {
    const statuses = Object.keys(paths[path]!.post!.responses);
    assert.deepEqual(statuses, ["200", "400", "401", "403", "404", "408", "413", "500", "503"]);
  }
});

Deno.test("a door's routes are described with its methods, its ways in and its form of errors", async () => {
  const roomError = z.object({ code: z.int(), errno: z.int(), error: z.string() })
    .meta({ id: "RoomError" });
  const room = z.object({ roomToken: z.string() }).meta({ id: "Room" });
  const operation = (operationId: string): HttpOperation => ({
    operationId,
    security: [{ hawk: [] }, { basic: [] }],
    responses: { 200: jsonReply("The room.", room), 401: jsonReply("Who is it?", roomError) },
  });
  const rooms: RouteGroup = {
    name: "rooms",
    routes: [
      said("GET", "/rooms/{t}", { operation: operation("getRoom") }),
      said("PATCH", "/rooms/{t}", { operation: operation("changeRoom") }),
      said("DELETE", "/rooms/{t}", { operation: operation("deleteRoom") }),
      said("GET", "/rooms.html"),
    ],
    securitySchemes: {
      hawk: { type: "http", scheme: "hawk" },
      basic: { type: "http", scheme: "basic" },
    },
  };
  const document = await load({ groups: [rooms] });
  assert.deepEqual(Object.keys(document.paths["/rooms/{t}"]!), ["get", "patch", "delete"]);
  assert.equal(document.paths["/rooms.html"], undefined, "what is for browsers is left out");
  const { security, responses, tags } = document.paths["/rooms/{t}"]!.patch!;
  assert.deepEqual(security, [{ hawk: [] }, { basic: [] }]);
  assert.deepEqual(tags, ["rooms"]);
  const { schema } = responses["401"]!.content!["application/json"] as { schema: { $ref: string } };
  assert.equal(schema.$ref, "#/components/schemas/RoomError");
  const { securitySchemes, schemas } = document.components;
  assert.deepEqual(Object.keys(securitySchemes).sort(), ["basic", "hawk", "systemToken"]);
  assert.equal(schemas.Room!.additionalProperties, undefined, "an answer may grow");
});

Deno.test("every way in that an operation names is explained", async () => {
  const { paths, components } = await load();
  const named = Object.values(paths).flatMap((item) =>
    Object.values(item).flatMap(({ security }) =>
      security.flatMap((each) => Object.keys(each as Json))
    )
  );
  assert.deepEqual([...new Set(named)], ["systemToken"]);
  assert.deepEqual(Object.keys(components.securitySchemes), ["systemToken"]);
});
