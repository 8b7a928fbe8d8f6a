import type { Method } from "./method.ts";
import type { Cors, Route, RouteGroup, SocketMount } from "./route.ts";

/** A route and the group that it belongs to. */
export interface Member {
  readonly route: Route;
  readonly group: RouteGroup;
}

/** All that there is at one path, whichever doors it comes from. */
export interface Resource {
  /** As in OpenAPI. */
  readonly path: string;
  readonly members: Map<Method, Member>;
  socket: SocketMount | undefined;
  cors: Cors | undefined;
}

/**
 * The paths of all doors, a literal one before a parameter that would fit it too.
 *
 * @throws {TypeError} two doors claim the same, or differ in the CORS of a path.
 */
export function resourcesOf(
  groups: readonly RouteGroup[],
  sockets: readonly SocketMount[],
): Resource[] {
  const resources = new Map<string, Resource>();
  const at = (path: string): Resource => {
    const key = path.replaceAll(/\{\w+\}/g, "{}");
    const known = resources.get(key);
    if (known) return known;
    const made = { path, members: new Map(), socket: undefined, cors: undefined };
    resources.set(key, made);
    return made;
  };
  for (const socket of sockets) for (const path of socket.paths) addSocket(at(path), socket);
  for (const group of groups) {
    for (const route of group.routes) addRoute(at(route.path), { route, group });
  }
  return [...resources.values()].sort((a, b) => compare(a.path, b.path));
}

function addSocket(resource: Resource, socket: SocketMount): void {
  if (resource.socket) throw new TypeError(`Two doors take sockets at ${resource.path}`);
  resource.socket = socket;
}

function addRoute(resource: Resource, member: Member): void {
  const { method, path } = member.route;
  if (resource.members.has(method)) throw new TypeError(`Two routes are ${method} ${path}`);
  const { cors } = member.group;
  // A preflight asks for the path, so its answer is one for all methods.
  if (resource.members.size > 0 && resource.cors !== cors) {
    throw new TypeError(`Two doors differ in the CORS of ${path}`);
  }
  resource.cors = cors;
  resource.members.set(method, member);
}

function compare(a: string, b: string): number {
  const others = b.split("/");
  for (const [i, segment] of a.split("/").entries()) {
    const [mine, theirs] = [segment, others[i] ?? ""].map((part) => Number(part.startsWith("{")));
    if (mine !== theirs) return mine! - theirs!;
  }
  return 0;
}
