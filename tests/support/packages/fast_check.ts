/** Not in `deno.json`, from which every task fetches all that it names: only tests need it. */
export { default } from "npm:fast-check@^4.10.2";
export * from "npm:fast-check@^4.10.2";
