/**
 * What every proxy of the tests does with its connections.
 *
 * @module
 */

/** Closes an end, unless it has been closed already. */
export function closeConn(end: Deno.Conn): void {
  try {
    end.close();
  } catch {
    // It has been closed already.
  }
}

/** @throws {Error} the connection has ended. */
export async function writeAll(to: Deno.Conn, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += await to.write(chunk.subarray(at));
}
