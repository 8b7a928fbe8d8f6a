const PAUSE_MS = 20;
/** Only for what never comes: a machine that is busy with other tests may take long. */
const MAX_MS = 60_000;

/** Asks again and again until the answer is yes. @throws {Error} it never was. */
export async function eventually(what: string, ask: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + MAX_MS;
  while (!await ask()) {
    if (performance.now() > end) throw new Error(`Not within ${MAX_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
