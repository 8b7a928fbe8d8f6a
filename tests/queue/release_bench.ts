import { Conference } from "../../src/queue/conference.ts";
import { Place } from "../../src/queue/place.ts";
import { type Ages, agesOf, ranksOf } from "../../src/queue/plan.ts";
import { Release } from "../../src/queue/release.ts";
import { live } from "./knowledge.ts";
import { silentObserver } from "./silent_observer.ts";

const VISITORS = 10_000;
/** How long they took to come: a webinar's waiting room fills within ten minutes. */
const FILLING_MS = 600_000;
const OWN = "isolate-0";
/** Of the default rate. */
const INTERVAL_MS = 20;
const TICK_MS = 10;
/** Told in one turn of the event loop. */
const SLICE = 64;

const subscriber = { notify() {} };

function arrivals(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i * FILLING_MS / count);
}

/** What `isolates` report that share `visitors` evenly. */
function reports(isolates: number, visitors: number): Map<string, Ages> {
  const ages = agesOf(arrivals(visitors / isolates), FILLING_MS);
  return new Map(Array.from({ length: isolates }, (_, i) => [`isolate-${i}`, ages]));
}

const come = arrivals(VISITORS);
Deno.bench("count the ages of 10,000 visitors", { group: "a report" }, () => {
  agesOf(come, FILLING_MS);
});

for (const isolates of [2, 16, 100]) {
  const plan = reports(isolates, VISITORS);
  Deno.bench(
    `rank an isolate's share of 10,000 visitors over ${isolates} isolates`,
    { group: "a plan", baseline: isolates === 2 },
    () => {
      ranksOf(OWN, plan);
    },
  );
}

const vast = reports(100, 100 * VISITORS);
Deno.bench("rank an isolate's share of a million over 100 isolates", { group: "a plan" }, () => {
  ranksOf(OWN, vast);
});

const owner = { left() {} };
const places = come.map((at) => new Place(owner, subscriber, at));
const ranks = come.map((_, i) => i);
let told = 0;
const tell = () => void told++;

Deno.bench("schedule 10,000 and tell all at once", { group: "a release", baseline: true }, () => {
  const release = new Release(0);
  release.schedule(places, 0, ranks);
  release.book(0, VISITORS);
  while (release.run(0, SLICE, tell));
});

Deno.bench("schedule 10,000 and tell them evenly", { group: "a release" }, () => {
  const release = new Release(INTERVAL_MS);
  release.schedule(places, 0, ranks);
  release.book(0, VISITORS);
  for (let now = 0; !release.done; now += TICK_MS) release.run(now, SLICE, tell);
});

/** A conference for which 10,000 wait, and which is live. */
function crowded(intervalMs: number): Conference {
  const options = { intervalMs, randomDelayMs: 0 };
  const conference = new Conference("room@conference.meet.example", silentObserver, options);
  for (const at of come) conference.arrive(subscriber, at);
  conference.hear(live(Infinity), 0);
  return conference;
}

Deno.bench("tell 10,000 who do nothing about it", { group: "a go-live", baseline: true }, (b) => {
  const conference = crowded(0);
  b.start();
  conference.planAlone(FILLING_MS);
  while (conference.run(FILLING_MS, SLICE));
  b.end();
  if (conference.waiting > 0) throw new Error("Somebody was not told");
});

Deno.bench("give each of 10,000 its moment", { group: "a go-live" }, (b) => {
  const conference = crowded(INTERVAL_MS);
  b.start();
  const ages = new Map([[OWN, conference.line.report(FILLING_MS).ages]]);
  conference.plan(OWN, { ages, startMs: 0, agoMs: 0, restMs: 0 }, FILLING_MS);
  b.end();
  if (conference.line.release.done) throw new Error("Nobody has a moment");
});
