/** Not in `deno.json`, from which every task fetches all that it names: only tests need it. */
export * from "npm:@stomp/stompjs@7.0.0";
