/**
 * The API description (OpenAPI 3.1), made from the routes and from the schemas that check them.
 *
 * @module
 */

import { createDocument, type ZodOpenApiObject } from "zod-openapi";
import type { RouteGroup } from "./route.ts";

/** What the document says of the service itself. */
export interface DocumentOptions {
  readonly version: string;
  /** Where the paths are served besides the root; empty: nowhere. */
  readonly basePath: string;
}

const DESCRIPTION =
  "Holds the visitors of a video meeting until it goes live. This is the part for backends and " +
  "operators; visitors and moderators speak STOMP over a WebSocket.";

/** The document for the routes of these groups. */
export function describeApi(
  groups: readonly RouteGroup[],
  { version, basePath }: DocumentOptions,
): ReturnType<typeof createDocument> {
  const described = groups.filter(({ routes }) => routes.some(({ operation }) => operation));
  return createDocument({
    openapi: "3.1.0",
    info: { title: "Waiting queue", version, description: DESCRIPTION },
    servers: (basePath ? ["/", basePath] : ["/"]).map((url) => ({ url })),
    tags: described.map(({ name }) => ({ name })),
    paths: pathsOf(described),
    components: {
      securitySchemes: Object.assign({}, ...described.map((group) => group.securitySchemes)),
    },
  }, {
    // A schema that leaves unknown fields alone says so, and later fields break nobody.
    override: ({ jsonSchema, io }) => {
      if (io === "output" && jsonSchema.additionalProperties === false) {
        delete jsonSchema.additionalProperties;
      }
    },
  });
}

function pathsOf(groups: readonly RouteGroup[]): NonNullable<ZodOpenApiObject["paths"]> {
  const paths: NonNullable<ZodOpenApiObject["paths"]> = {};
  for (const { name, routes } of groups) {
    for (const { method, path, operation } of routes) {
      if (!operation) continue;
      const described = { tags: [name], security: [], ...operation };
      paths[path] = { ...paths[path], [method.toLowerCase()]: described };
    }
  }
  return paths;
}
