/**
 * One event to a crowd of subscribers, against the queue's own broadcast to as many visitors, and
 * what each of them takes of memory; and the queue with the door of events closed and open.
 * Usage: deno run --allow-all tests/measure/events.ts [subscribers] [rounds]; needs a C compiler.
 *
 * @module
 */

import { percentile } from "../../src/commands/load/statistics.ts";
import { FRONTS } from "../e2e/setups.ts";
import { publish } from "../support/events_client.ts";
import { residentMemory } from "../support/resident.ts";
import { goLive } from "../support/rest.ts";
import type { Service } from "../support/service.ts";
import { VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { TextLineStream } from "../support/text_line_stream.ts";
import { clientToken, visitorToken } from "../support/tokens.ts";
import { machine, print, startService } from "./setting.ts";

const [count, rounds] = [[0, 10_000], [1, 3]].map(([i, otherwise]) =>
  Number(Deno.args[i!] ?? otherwise)
) as [number, number];
const CONFERENCE = "crowd@conference.meet.example";
const NAME = "foo";
const EVENT = {
  name: NAME,
  required_acl: `events.conferences.${CONFERENCE.replaceAll(".", "__DOT__")}.progress`,
  data: { status: "live", visitors_waiting: 10_000 },
};

interface Result {
  /** When the last one was told, in milliseconds. */
  readonly last: number;
  /** KiB of resident memory for each. */
  readonly each: number;
}

interface Crowd {
  readonly doors: string;
  readonly destination: string;
  token(): Promise<string>;
  tell(service: Service): Promise<unknown>;
}

const VISITORS: Crowd = {
  doors: "queue",
  destination: VISITOR_TOPIC + CONFERENCE,
  token: () => visitorToken("*"),
  tell: (service) => goLive(service, CONFERENCE),
};
const VISITORS_BESIDE: Crowd = { ...VISITORS, doors: "queue,events" };
const SUBSCRIBERS: Crowd = {
  doors: "queue,events",
  destination: `events:${NAME}`,
  token: () => clientToken("*", { id: "u1", moderator: true }),
  tell: (service) => publish(service, EVENT, { conference: CONFERENCE }),
};

async function broadcast(
  program: string,
  front: typeof FRONTS[number],
  crowd: Crowd,
): Promise<Result> {
  await using service = await startService(front, {
    DOORS: crowd.doors,
    RELEASE_RATE: "0",
    WORKERS: "1",
    EVENTS_MAX_CONNECTIONS: String(2 * count),
  });
  const before = residentMemory(service);
  const child = new Deno.Command(program, {
    args: [String(service.port), String(count), "0", crowd.destination],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextLineStream()).getReader();
  const writer = child.stdin.getWriter();
  const say = (text: string) => writer.write(new TextEncoder().encode(`${text}\n`));
  await say(await crowd.token());
  const ready = (await lines.read()).value;
  if (ready !== `ready ${count}`) throw new Error(ready);
  // Until what the way in took is given back.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const each = (residentMemory(service) - before) * 1_024 / count;
  await say("go");
  await crowd.tell(service);
  const { told, last } = JSON.parse((await lines.read()).value ?? "{}");
  if (told !== count) throw new Error(`${told} of ${count} were told`);
  await lines.cancel();
  await writer.close().catch(() => {});
  await child.status;
  return { last, each };
}

function median(results: readonly Result[], key: keyof Result): number {
  return percentile(results.map((result) => result[key]).toSorted((a, b) => a - b), 50);
}

const folder = await Deno.makeTempDir({ prefix: "crowd-" });
try {
  const program = `${folder}/crowd`;
  const source = new URL("crowd.c", import.meta.url).pathname;
  const { success } = await new Deno.Command("cc", { args: ["-O2", "-o", program, source] })
    .output();
  if (!success) throw new Error("Cannot compile crowd.c");
  print(machine());
  print(`${count} in a crowd, one worker, medians of ${rounds} rounds`);
  for (const front of FRONTS) {
    const crowds = [VISITORS, VISITORS_BESIDE, SUBSCRIBERS];
    const results: Result[][] = crowds.map(() => []);
    // In turns, so that all have the same of whatever else the machine does.
    for (let i = 0; i < rounds; i++) {
      for (const [j, crowd] of crowds.entries()) {
        results[j]!.push(await broadcast(program, front, crowd));
      }
    }
    print(`${front}:`);
    const names = ["visitors, door closed", "visitors, door open", "subscribers"];
    for (const [j, name] of names.entries()) {
      const last = median(results[j]!, "last");
      const each = median(results[j]!, "each");
      const ratio = last / median(results[0]!, "last");
      print(
        `  ${name}: the last one after ${last.toFixed(0)} ms (${ratio.toFixed(2)}), ` +
          `${each.toFixed(1)} KiB each`,
      );
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(0);
