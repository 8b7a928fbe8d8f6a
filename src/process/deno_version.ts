/**
 * Says which Deno is needed, before another one fails with a riddle: the tasks run it first. It
 * imports nothing, so that any version can run it.
 *
 * @module
 */

/** The version that the tests run with. */
export const NEEDED = "2.9.6";

/** What to say about a version; `fit` is false where the service does not start with it. */
export interface Verdict {
  readonly fit: boolean;
  readonly text: string;
}

/** Undefined for the version that is needed. A newer one may do, and is told that nobody tried. */
export function judge(version: string): Verdict | undefined {
  if (version === NEEDED) return undefined;
  const task = `npx -y deno@${NEEDED} task start`;
  if (isNewer(version)) {
    const text = `Tried with Deno ${NEEDED} only; this is ${version}. If it fails: ${task}`;
    return { fit: true, text };
  }
  return { fit: false, text: `Deno ${NEEDED} is needed; this is ${version}. One way: ${task}` };
}

function isNewer(version: string): boolean {
  const [needed, given] = [NEEDED, version].map((text) => text.split(/[.+-]/).map(Number));
  const differs = needed!.findIndex((part, i) => part !== given![i]);
  return given![differs]! > needed![differs]!;
}

if (import.meta.main) {
  const verdict = judge(Deno.version.deno);
  if (verdict) Deno.stderr.writeSync(new TextEncoder().encode(`${verdict.text}\n`));
  if (verdict?.fit === false) Deno.exit(1);
}
