import { UsageError } from "./usage_error.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MAX_SEC = 366 * 86_400;

/** The seconds of `3600`, `90s`, `15m`, `1h` or `7d`. @throws {UsageError} it is none of these. */
export function parseDuration(text: string): number {
  const [, digits, unit = "s"] = /^(\d{1,9})([smhd]?)$/i.exec(text) ?? [];
  const seconds = Number(digits) * (SECONDS[unit.toLowerCase()] ?? 1);
  if (seconds >= 1 && seconds <= MAX_SEC) return seconds;
  throw new UsageError("Cannot use the duration: write 3600, 90s, 15m, 1h or 7d, up to 366d");
}

/** `1 h 30 min`: its two largest parts. */
export function describeDuration(seconds: number): string {
  const units = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]] as const;
  let rest = Math.round(seconds);
  const parts = units.flatMap(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return parts.slice(0, 2).join(" ") || "0 s";
}
