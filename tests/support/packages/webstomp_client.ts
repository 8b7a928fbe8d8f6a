/** Not in `deno.json`, from which every task fetches all that it names: only tests need it. */
export { default } from "npm:webstomp-client@1.2.6";
