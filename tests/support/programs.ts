/**
 * Programs that some tests need and that are not installed everywhere.
 *
 * @module
 */

const found = new Map<string, boolean>();

/**
 * Whether `name` runs with `args` and exits with 0. Where it does not, says loudly that its tests
 * are left out, and fails when the environment has `REQUIRE_ALL=1`.
 */
export function requireProgram(name: string, args: readonly string[] = ["--version"]): boolean {
  const command = [name, ...args].join(" ");
  const known = found.get(command);
  if (known !== undefined) return known;
  const works = runs(name, args);
  found.set(command, works);
  if (works) return true;
  if (Deno.env.get("REQUIRE_ALL") === "1") {
    throw new Error(`Cannot run all tests: this does not work: ${command}`);
  }
  const text = `\n*** THE TESTS THAT NEED IT ARE LEFT OUT, this does not work: ${command} ***\n\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
  return false;
}

function runs(name: string, args: readonly string[]): boolean {
  try {
    return new Deno.Command(name, { args: [...args], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
