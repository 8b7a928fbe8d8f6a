import { type MetricsSnapshot, renderMetrics } from "../../src/metrics/snapshot.ts";

/** What has numbers of its own. */
export interface Source {
  snapshot(): Promise<MetricsSnapshot>;
}

/** The samples of a text in Prometheus' format, by name and labels. */
export function samplesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

/** The samples of these isolates together, as if their numbers had been posted. */
export async function samples(...all: Source[]): Promise<Map<string, number>> {
  const snapshots = await Promise.all(all.map((source) => source.snapshot()));
  return samplesOf(await renderMetrics(structuredClone(snapshots)));
}
