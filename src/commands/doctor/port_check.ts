/**
 * Whether the ports are free, or the service is there and ready.
 *
 * @module
 */

import type { Settings } from "../../config/config.ts";
import { broken, doubtful, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";
import { reasonOf } from "../../base/reason.ts";

/** More than the service gives its backing services. */
const ANSWER_MS = 4_000;
/** Of an answer that a stranger may give. */
const MAX_ANSWER_OCTETS = 64 * 1024;

/** What answers on a port that is taken. */
type Ask = (address: string) => Promise<Finding>;

/** `PORT`, and `METRICS_PORT` where it is set. */
export async function portCheck({ settings }: Patient): Promise<Finding[]> {
  const { host, port, metricsPort } = settings;
  return await Promise.all([
    checkPort({ name: "PORT", host, port }, askReady),
    ...(metricsPort === undefined
      ? []
      : [checkPort({ name: "METRICS_PORT", host, port: metricsPort }, askMetrics)]),
  ]);
}

interface Place extends Pick<Settings, "host" | "port"> {
  readonly name: string;
}

async function checkPort({ name, host, port }: Place, ask: Ask): Promise<Finding> {
  if (port === 0) return fine(name, "0: the system chooses one at each start");
  try {
    Deno.listen({ hostname: host, port }).close();
    return fine(name, `${host}:${port} is free, so the service does not run here`);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) return cannotListen(name, host, error);
  }
  const address = `${reachable(host)}:${port}`;
  try {
    const finding = await ask(address);
    return { ...finding, name };
  } catch (error) {
    return stranger(name, address, reasonOf(error));
  }
}

function cannotListen(name: string, host: string, error: unknown): Finding {
  const text = `cannot listen: ${reasonOf(error)}`;
  if (error instanceof Deno.errors.PermissionDenied) {
    return broken(name, text, "set a port from 1024 on, or grant CAP_NET_BIND_SERVICE");
  }
  return broken(name, text, `see that HOST, ${host}, is an address of this machine`);
}

function stranger(name: string, address: string, reason: string): Finding {
  return broken(
    name,
    `${address} is taken, and this service does not answer there: ${reason}`,
    "end the other program, or set another port",
  );
}

async function askReady(address: string): Promise<Finding> {
  const { status, text } = await get(`http://${address}/ready`);
  const answer = readinessOf(text);
  if (!answer) throw new Error(`/ready answers with status ${status} and something else`);
  const checks = Object.entries(answer.checks).map(([name, check]) => `${name} ${check}`);
  const said = `the service answers at ${address}: ${[answer.status, ...checks].join(", ")}`;
  if (answer.status === "ready") return fine("", said);
  if (answer.status === "draining") return doubtful("", said, "it stops; wait for its end");
  return broken("", said, "see what its log and the other findings say of what is unreachable");
}

/** What `/ready` says; `undefined` where something else answers. */
function readinessOf(
  text: string,
): { status: string; checks: Record<string, unknown> } | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== "object" || answer === null) return undefined;
    if (!("status" in answer) || !("checks" in answer)) return undefined;
    const { status, checks } = answer;
    if (typeof status !== "string" || typeof checks !== "object" || !checks) return undefined;
    return { status, checks: { ...checks } };
  } catch {
    return undefined;
  }
}

async function askMetrics(address: string): Promise<Finding> {
  const { status, text } = await get(`http://${address}/metrics`);
  if (status === 200 && text.startsWith("# HELP")) return fine("", `metrics at ${address}/metrics`);
  throw new Error(`/metrics answers with status ${status} and something else`);
}

async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_OCTETS) break;
  }
  return { status: response.status, text };
}

/** Who listens on all addresses is asked on loopback. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (/^[[\]:0]+$/.test(host)) return "[::1]";
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
