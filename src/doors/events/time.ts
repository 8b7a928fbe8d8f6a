/** RFC 3339, in UTC. @param at milliseconds since the epoch */
export function timeOf(at: number): string {
  return new Date(at).toISOString();
}
