/**
 * The API description (OpenAPI 3.1), made from the routes and from the schemas that check them.
 *
 * @module
 */

import { z } from "zod";
import { problemSchema, type ProblemStatus, problemTitle } from "./problem.ts";
import type { Content, Operation, Route } from "./route.ts";

export interface DocumentOptions {
  readonly version: string;
  /** Where the paths are served besides the root; empty: nowhere. */
  readonly basePath: string;
}

type Json = Record<string, unknown>;

const DESCRIPTION =
  "Holds the visitors of a video meeting until it goes live. This is the part for backends and " +
  "operators; visitors and moderators speak STOMP over a WebSocket.";

/** The document for these routes. */
export function describeApi(routes: readonly Route[], options: DocumentOptions): Json {
  const servers = options.basePath ? ["/", options.basePath] : ["/"];
  const problems = new Set(routes.flatMap(({ operation }) => operation.problems));
  return {
    openapi: "3.1.0",
    info: { title: "Waiting queue", version: options.version, description: DESCRIPTION },
    servers: servers.map((url) => ({ url })),
    paths: Object.fromEntries(routes.map(({ path, method, operation }) => [
      path,
      { [method.toLowerCase()]: describeOperation(operation) },
    ])),
    components: {
      schemas: describeSchemas(routes),
      responses: Object.fromEntries([...problems].map((status) => [
        responseName(status),
        describeProblem(status),
      ])),
      securitySchemes: {
        systemToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "A system token: one that the SYSTEM_JWT_ settings accept.",
        },
      },
    },
  };
}

function describeOperation(operation: Operation): Json {
  const { id, summary, description, secured, pathParameters, request, replies } = operation;
  const answers = Object.entries(replies).map(([status, { description, content }]) => [
    status,
    { description, content: describeContent(content) },
  ]);
  const errors = operation.problems.map((status) => [
    String(status),
    { $ref: `#/components/responses/${responseName(status)}` },
  ]);
  return {
    operationId: id,
    summary,
    ...(description && { description }),
    security: secured ? [{ systemToken: [] }] : [],
    ...(pathParameters && {
      parameters: pathParameters.map((parameter) => ({
        ...parameter,
        in: "path",
        required: true,
        schema: { type: "string" },
      })),
    }),
    ...(request && {
      requestBody: {
        required: true,
        content: describeContent({ type: "application/json", schema: request }),
      },
    }),
    responses: Object.fromEntries([...answers, ...errors]),
  };
}

function describeContent({ type, schema }: Content): Json {
  return { [type]: { schema: { $ref: schemaUri(schemaId(schema)) } } };
}

/** Headers that come with a status. */
const HEADERS: Partial<Record<ProblemStatus, readonly [name: string, description: string]>> = {
  401: ["WWW-Authenticate", "The challenge (RFC 6750)."],
  503: ["Retry-After", "Seconds after which to try again."],
};

function describeProblem(status: ProblemStatus): Json {
  const header = HEADERS[status];
  return {
    description: `${problemTitle(status)}.`,
    ...(header && {
      headers: { [header[0]]: { description: header[1], schema: { type: "string" } } },
    }),
    content: { "application/problem+json": { schema: { $ref: schemaUri("Problem") } } },
  };
}

/** Every schema that a route or a problem uses, by its id. */
function describeSchemas(routes: readonly Route[]): Json {
  const registry = z.registry<{ id: string }>();
  const used = routes.flatMap(({ operation: { request, replies } }) => [
    ...(request ? [request] : []),
    ...Object.values(replies).map(({ content }) => content.schema),
  ]);
  for (const schema of new Set([...used, problemSchema])) {
    registry.add(schema, { ...schema.meta(), id: schemaId(schema) });
  }
  // "input": a schema that leaves unknown fields alone says so, and later fields break nobody.
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: schemaUri });
  const entries = Object.entries(schemas).map(([id, { $id: _id, $schema: _dialect, ...rest }]) => [
    id,
    rest,
  ]);
  return Object.fromEntries(entries);
}

function schemaUri(id: string): string {
  return `#/components/schemas/${id}`;
}

function schemaId(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (!id) throw new TypeError("Cannot describe a schema: it has no id");
  return id;
}

function responseName(status: ProblemStatus): string {
  return problemTitle(status).replaceAll(" ", "");
}
