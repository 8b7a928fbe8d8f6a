/**
 * The protocol of the events socket in both of its versions: what a client may say, and the texts of
 * what it is told.
 *
 * @module
 */

/** Version 1 is what the first clients speak, version 2 what `@wazo/sdk` does. */
export type Version = 1 | 2;

/** What a client asks for. */
export type Op =
  | { readonly op: "subscribe"; readonly name: string }
  | { readonly op: "start" }
  | { readonly op: "token"; readonly token: string }
  | { readonly op: "ping"; readonly payload: string };

/** The longest name of an event that can be subscribed to. */
export const MAX_NAME_CHARS = 256;

/** A message that is none of the protocol. The text says what is wrong and shows nothing of it. */
export class OpError extends Error {
  override readonly name = "OpError";
}

/** The member of `data` that each op needs, and what it is called here. */
const MEMBERS = {
  subscribe: ["event_name", "name"],
  token: ["token", "token"],
  ping: ["payload", "payload"],
} as const;

/** @param message a text or binary frame. @throws {OpError} */
export function parseOp(message: string | Uint8Array, binary: boolean): Op {
  if (binary) throw new OpError("binary message; a text frame is needed");
  const value = parse(typeof message === "string" ? message : decode(message));
  const op = ownMember(value, "op");
  if (op === undefined) throw new OpError('"op" is missing');
  if (typeof op !== "string") throw new OpError('"op" is not a string');
  if (op === "start") return { op };
  if (op !== "subscribe" && op !== "token" && op !== "ping") throw new OpError("unknown op");
  const data = ownMember(value, "data");
  if (!isObject(data)) throw new OpError('"data" is not an object');
  const [member, name] = MEMBERS[op];
  const text = ownMember(data, member);
  if (typeof text !== "string") throw new OpError(`"${member}" is not a string`);
  if (op === "subscribe" && text.length > MAX_NAME_CHARS) {
    throw new OpError(`"event_name" has more than ${MAX_NAME_CHARS} characters`);
  }
  return { op, [name]: text } as Op;
}

/** The version that a query asks for; undefined: one that nobody speaks. */
export function versionOf(query: URLSearchParams): Version | undefined {
  const asked = query.get("version") ?? "";
  if (asked === "" || asked === "1") return 1;
  return asked === "2" ? 2 : undefined;
}

/** The first frame. */
export function initText(version: Version): string {
  return version === 1
    ? '{"op":"init","code":0,"msg":"","data":{"version":1}}'
    : '{"op":"init","code":0,"data":{"version":2}}';
}

/** The answer to an op; undefined: there is none. */
export function answerTo(op: Op, version: Version, started: boolean): string | undefined {
  if (op.op === "ping") {
    if (version === 1) return undefined;
    return JSON.stringify({ op: "pong", code: 0, data: { payload: op.payload } });
  }
  if (version === 2) return `{"op":"${op.op}","code":0,"data":null}`;
  return started ? undefined : `{"op":"${op.op}","code":0,"msg":"","data":null}`;
}

/** @param text of an event, as JSON. */
export function eventText(text: string, version: Version): string {
  return version === 1 ? text : `{"op":"event","code":0,"data":${text}}`;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(octets: Uint8Array): string {
  try {
    return decoder.decode(octets);
  } catch {
    throw new OpError("not UTF-8");
  }
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new OpError("not JSON");
  }
  if (!isObject(value)) throw new OpError("not a JSON object");
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the message itself has, not what every object has. */
function ownMember(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
