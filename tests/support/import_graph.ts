/**
 * Who imports whom, as the runtime itself reads it: types, re-exports and dynamic imports included.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

export interface Import {
  /** A path from the root of the project, or a specifier such as `npm:zod` or `node:fs`. */
  readonly to: string;
  /** `import type` alone: nothing of it runs. */
  readonly typeOnly: boolean;
}

/** The imports of each file, by its path from the root of the project. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

interface InfoModule {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string; readonly error?: string };
    readonly type?: { readonly specifier?: string; readonly error?: string };
  }[];
}

/** The paths of all files under `folder` whose names end so, from the root of the project. */
export function filesUnder(folder: string, ...endings: string[]): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return filesUnder(path, ...endings);
    return endings.some((ending) => name.endsWith(ending)) ? [path] : [];
  }).sort();
}

/** The text of a file of the project. */
export function readProjectFile(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Reads the imports of these files. @throws {Error} one of them imports what is not there. */
export async function readImportGraph(files: readonly string[]): Promise<ImportGraph> {
  const modules = await moduleInfo(files);
  const graph = new Map<string, Import[]>();
  for (const { specifier, error, dependencies = [] } of modules) {
    if (!files.includes(projectPath(specifier))) continue;
    if (error) throw new Error(error);
    graph.set(
      projectPath(specifier),
      dependencies.map(({ specifier: written, code, type }) => {
        const to = code?.specifier ?? type?.specifier;
        if (!to) throw new Error(`${specifier}: cannot find ${written}`);
        return { to: projectPath(to), typeOnly: code === undefined };
      }),
    );
  }
  return graph;
}

/** One entry that imports all: files which nothing reaches are read as well. */
async function moduleInfo(files: readonly string[]): Promise<readonly InfoModule[]> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const lines = files.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};\n`);
    await Deno.writeTextFile(entry, lines.join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--no-lock", "--config", "deno.json", entry],
      cwd: fileURLToPath(ROOT),
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout)).modules;
  } finally {
    await Deno.remove(entry);
  }
}

function projectPath(specifier: string): string {
  return specifier.startsWith(ROOT.href) ? specifier.slice(ROOT.href.length) : specifier;
}

/** Files that import each other, directly or by way of others: each group is one cycle or several. */
export function cyclesOf(graph: ImportGraph): string[][] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachedFrom(file, graph)]));
  const groups = new Map<string, string[]>();
  for (const [file, from] of reached) {
    if (!from.has(file)) continue;
    const group = [...from].filter((other) => reached.get(other)?.has(file)).sort();
    groups.set(group.join(), group);
  }
  return [...groups.values()];
}

function reachedFrom(file: string, graph: ImportGraph): Set<string> {
  const reached = new Set<string>();
  const rest = [file];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    for (const { to } of graph.get(next) ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      rest.push(to);
    }
  }
  return reached;
}
