import { formatCount } from "../../src/commands/load/statistics.ts";
import { isolatesOf, loads, redisTime, type Size } from "./plan.ts";
import { BUSY, IDLE } from "./redis_costs.ts";

/** The plan of docs/scale.md: ten million visitors. */
export const WHOLE: Size = { isolates: 1_280, conferences: 100_000, visitors: 100 };
const CELLS = [1, 5, 20, 40];

/** One of `cells` services that share the load. */
export function cell(cells: number): Size {
  const { isolates, conferences, visitors } = WHOLE;
  return { isolates: isolates / cells, conferences: conferences / cells, visitors };
}

/** The table of docs/scale.md with the load of one Redis, by the number of cells. */
export function planTable(): string {
  const rows = [
    ["cells", ...CELLS.map((cells) => `${cells}`)],
    CELLS.map(() => "---:").toSpliced(0, 0, "---"),
    of("isolates in a cell", ({ isolates }) => formatCount(isolates)),
    of("conferences in a cell", ({ conferences }) => formatCount(conferences)),
    of("isolates that have a conference", (size) => formatCount(isolatesOf(size))),
    of("subscriptions in Redis", (size) => formatCount(size.conferences * isolatesOf(size))),
    of("commands a second", (size) =>
      formatCount(sum(size, ({ cost }) => {
        return cost.published + cost.reads + cost.writes;
      }))),
    of("deliveries a second", (size) => formatCount(sum(size, ({ cost }) => cost.delivered))),
    of("megabytes a second", (size) => formatCount(sum(size, ({ octets }) => octets) / 1e6)),
    of("keys read a second", (size) => formatCount(sum(size, ({ cost }) => cost.keys))),
    of("Redis: counts", (size) => percent(size, "counts")),
    of("Redis: go-lives", (size) => percent(size, "go-lives")),
    of("Redis: looks into the store", (size) => percent(size, "looks into the store")),
    of("Redis: arrivals", (size) => percent(size, "arrivals")),
    of("**Redis in all, busy**", (size) => {
      return `**${formatCount(100 * sum(size, (load) => redisTime(load, BUSY)))} %**`;
    }),
    of("Redis in all, by the costs of an idle one", (size) => {
      return `${formatCount(100 * sum(size, (load) => redisTime(load, IDLE)))} %`;
    }),
  ];
  return rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function of(what: string, value: (size: Size) => string): string[] {
  return [what, ...CELLS.map((cells) => value(cell(cells)))];
}

function sum(size: Size, part: (load: ReturnType<typeof loads>[number]) => number): number {
  return loads(size).reduce((total, load) => total + part(load), 0);
}

function percent(size: Size, what: string): string {
  const load = loads(size).find((load) => load.what === what)!;
  return `${formatCount(100 * redisTime(load, BUSY))} %`;
}
