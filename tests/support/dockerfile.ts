/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions, without comments and flags such as `--interval=15s`. */
export function parseDockerfile(text: string): Instruction[] {
  const code = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line)).join("\n");
  return code.replaceAll("\\\n", " ").split("\n").map((line) => {
    const { name, rest } = line.match(/^(?<name>[A-Z]+)\s+(?<rest>.*)$/)!.groups!;
    return { name: name!, text: rest!.replace(/^(--[a-z-]+=\S+\s+)+/, "").trim() };
  });
}

/** The command of a CMD, in its exec form or its shell form. */
export function commandOf(text: string): string[] {
  return text.startsWith("[") ? JSON.parse(text) : ["/bin/sh", "-c", text];
}
