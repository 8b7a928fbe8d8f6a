/** Not in `deno.json`, from which every task fetches all that it names: only tests need it. */
export { default } from "npm:hawk@^9.0.2";
