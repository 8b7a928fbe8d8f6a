/** Not in `deno.json`, from which every task fetches all that it names: only tests need it. */
export { default } from "npm:axe-core@^4.14.1";
