/**
 * The structure of the code in numbers, for docs/architecture.md:
 * `deno run --allow-read tests/measure/structure.ts [folder of a checkout]`.
 *
 * @module
 */

const root = (Deno.args[0] ?? ".").replace(/\/*$/, "/");

interface File {
  readonly name: string;
  readonly text: string;
}

function* read(folder: string): Generator<File> {
  for (const { name, isDirectory } of Deno.readDirSync(root + folder)) {
    const path = `${folder}${name}`;
    if (isDirectory) yield* read(`${path}/`);
    else if (name.endsWith(".ts")) yield { name: path, text: Deno.readTextFileSync(root + path) };
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const EXPORT =
  /^export (?:abstract |async |declare )*(?:class|function\*?|const|interface|type|enum) (\w+)/gm;
/** What stands between the braces of an import or of an export from elsewhere. */
const IMPORTED = /^(?:import|export)\s[^;"']*?\{([^}]*)\}\s*from/gm;

/** Declarations that are exported and that no other file names in an import. */
function lonelyExports(files: readonly File[]): number {
  const importedBy = new Map<string, Set<string>>();
  for (const { name, text } of files) {
    for (const [, names] of text.matchAll(IMPORTED)) {
      for (const item of names!.split(",")) {
        const imported = item.trim().replace(/^type\s+/, "").split(/\s+as\s+/)[0]!;
        importedBy.set(imported, (importedBy.get(imported) ?? new Set()).add(name));
      }
    }
  }
  let lonely = 0;
  for (const { name, text } of files) {
    for (const [, exported] of text.matchAll(EXPORT)) {
      const users = importedBy.get(exported!) ?? new Set();
      if ([...users].every((user) => user === name)) lonely++;
    }
  }
  return lonely;
}

const source = [...read("src/"), {
  name: "main.ts",
  text: Deno.readTextFileSync(`${root}main.ts`),
}];
const lines = source.map(({ text }) => text.split("\n").length - 1);

const rows: readonly (readonly [string, number])[] = [
  ["files", source.length],
  ["median lines", median(lines)],
  ["most lines", Math.max(...lines)],
  ["files at the top of src/", source.filter(({ name }) => /^src\/[^/]+$/.test(name)).length],
  ["exported declarations used in no other file", lonelyExports(source)],
];
for (const [what, number] of rows) Deno.stdout.writeSync(encode(`${what}: ${number}\n`));

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
