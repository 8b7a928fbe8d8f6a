import { JitsiMeetClient, type Scaled } from "./jitsi_meet_client.ts";

const STOMPJS = new URL("../bundles/stomp.umd.js", import.meta.resolve("@stomp/stompjs"));

/** A page with stompjs and the client on it, and nothing else. */
const PAGE = `<!doctype html>
<title>Visitor</title>
<link rel="icon" href="data:,">
<script src="stomp.umd.js"></script>
<script>globalThis.JitsiMeetClient = ${JitsiMeetClient};</script>
`;

/** A web server with the page, on a port of its own: another origin than the service. */
export function servePage(): Deno.HttpServer<Deno.NetAddr> {
  const html = { headers: { "content-type": "text/html; charset=utf-8" } };
  const script = { headers: { "content-type": "text/javascript" } };
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return new Response(PAGE, html);
    return new Response(await Deno.readFile(STOMPJS), script);
  });
}

export interface PageVisitor {
  /** The variable of the page that holds the client. */
  readonly name: string;
  readonly queueService: string;
  readonly conference: string;
  readonly token: string;
  readonly scaled?: Scaled;
}

/** The script that makes a visitor wait. */
export function waitScript({ name, scaled, ...visitor }: PageVisitor): string {
  const given = [visitor.queueService, visitor.conference, visitor.token];
  return `${name} = new JitsiMeetClient(StompJs.Client, ${JSON.stringify(scaled ?? {})});
    ${name}.waitForLive(${given.map((value) => JSON.stringify(value)).join()});`;
}
