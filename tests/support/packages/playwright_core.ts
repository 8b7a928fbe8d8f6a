/** Not in `deno.json`, from which every task fetches all that it names: only tests need it. */
export * from "npm:playwright-core@^1.65.1";
