import assert from "node:assert/strict";
import {
  type Metrics,
  METRICS_CONTENT_TYPE,
  type MetricsSnapshot,
  noMetrics,
  PrometheusMetrics,
  renderMetrics,
} from "../../src/metrics/metrics.ts";

/** The samples of a text, by name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

async function samples(...all: PrometheusMetrics[]): Promise<Map<string, number>> {
  const snapshots: MetricsSnapshot[] = [];
  for (const metrics of all) snapshots.push(structuredClone(await metrics.snapshot()));
  return samplesOf(await renderMetrics(snapshots));
}

function everyVerb(metrics: Metrics): void {
  metrics.connectionOpened();
  metrics.connectionOpened();
  metrics.connectionClosed("drain");
  metrics.connected("1.2");
  metrics.authRefused("expired");
  metrics.protocolError("bad_header");
  metrics.visitorArrived();
  metrics.visitorArrived();
  metrics.visitorLeft();
  metrics.visitorTold(70);
  metrics.moderatorArrived();
  metrics.moderatorArrived();
  metrics.moderatorLeft();
  metrics.wentLive(0.02);
  metrics.endedLive();
  metrics.goLiveFailed();
  metrics.slowPeerCut();
  metrics.upgradeRefused("origin");
  metrics.backingServiceUp("redis", true);
}

Deno.test("every verb is counted under its name", async () => {
  const metrics = new PrometheusMetrics();
  everyVerb(metrics);
  const got = await samples(metrics);
  const expected = {
    "connections": 1,
    'connections_closed_total{reason="drain"}': 1,
    'stomp_sessions_total{version="1.2"}': 1,
    'auth_refused_total{code="expired"}': 1,
    'protocol_errors_total{code="bad_header"}': 1,
    "visitors_waiting": 1,
    "visitors_told_total": 1,
    'visitor_wait_seconds_bucket{le="60"}': 0,
    'visitor_wait_seconds_bucket{le="300"}': 1,
    "visitor_wait_seconds_sum": 70,
    "moderators": 1,
    "golive_total": 1,
    "golive_seconds_count": 1,
    "golive_failed_total": 1,
    "endlive_total": 1,
    "slow_peers_cut_total": 1,
    'upgrades_refused_total{reason="origin"}': 1,
    'backing_service_up{service="redis"}': 1,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(got.get(`waiting_queue_${name}`), value, name);
  }
});

Deno.test("the isolates of a process are summed, label by label and bucket by bucket", async () => {
  const [a, b] = [new PrometheusMetrics(), new PrometheusMetrics()];
  everyVerb(a);
  everyVerb(b);
  b.authRefused("busy");
  const got = await samples(a, b);
  assert.equal(got.get("waiting_queue_connections"), 2);
  assert.equal(got.get('waiting_queue_auth_refused_total{code="expired"}'), 2);
  assert.equal(got.get('waiting_queue_auth_refused_total{code="busy"}'), 1);
  assert.equal(got.get('waiting_queue_visitor_wait_seconds_bucket{le="+Inf"}'), 2);
  assert.equal(got.get("waiting_queue_visitor_wait_seconds_sum"), 140);
});

Deno.test("a backing service is up only while every isolate reaches it", async () => {
  const [a, b] = [new PrometheusMetrics(), new PrometheusMetrics()];
  a.backingServiceUp("redis", true);
  b.backingServiceUp("redis", false);
  assert.equal((await samples(a, b)).get('waiting_queue_backing_service_up{service="redis"}'), 0);
  b.backingServiceUp("redis", true);
  assert.equal((await samples(a, b)).get('waiting_queue_backing_service_up{service="redis"}'), 1);
});

Deno.test("the numbers of the process appear once, however many isolates there are", async () => {
  const all = [new PrometheusMetrics(), new PrometheusMetrics()];
  const got = await samples(...all);
  const rss = got.get("process_resident_memory_bytes")!;
  assert.ok(rss > 10e6 && rss < 4e9, `${rss}`);
  assert.ok(got.get("process_cpu_seconds_total")! > 0);
  assert.ok(Math.abs(got.get("process_start_time_seconds")! - Date.now() / 1000) < 600);
  const text = await renderMetrics([]);
  assert.equal(text.match(/^process_resident_memory_bytes /gm)?.length, 1);
});

Deno.test("a label takes a bounded number of values, whatever is counted", async () => {
  const metrics = new PrometheusMetrics();
  for (let i = 0; i < 100; i++) metrics.authRefused(`code_${i}`);
  for (const odd of ["", "a b", 'x"y', "x".repeat(41), "é"]) metrics.protocolError(odd);
  const got = await samples(metrics);
  const names = [...got.keys()].filter((name) => name.startsWith("waiting_queue_auth_refused"));
  assert.equal(names.length, 33);
  assert.equal(got.get('waiting_queue_auth_refused_total{code="other"}'), 68);
  assert.equal(got.get('waiting_queue_protocol_errors_total{code="other"}'), 5);
});

Deno.test("two sets of metrics share nothing", async () => {
  const [a, b] = [new PrometheusMetrics(), new PrometheusMetrics()];
  a.connectionOpened();
  assert.equal((await samples(b)).get("waiting_queue_connections"), 0);
});

Deno.test("each metric says what it is and of which type", async () => {
  const text = await renderMetrics([await new PrometheusMetrics().snapshot()]);
  for (const name of text.match(/(?<=^# TYPE )\S+/gm)!) {
    assert.match(text, new RegExp(`^# HELP ${name} .+\\.$`, "m"));
  }
  assert.match(METRICS_CONTENT_TYPE, /^text\/plain; version=0\.0\.4/);
});

Deno.test("counting nothing takes every verb", () => {
  assert.doesNotThrow(() => everyVerb(noMetrics));
});
