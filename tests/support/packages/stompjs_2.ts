/** Not in `deno.json`, from which every task fetches all that it names: only tests need it. */
export { default } from "npm:stompjs@2.3.3";
