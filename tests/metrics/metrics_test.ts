import assert from "node:assert/strict";
import { CLOSE_REASONS, type CloseReason } from "../../src/metrics/close_reason.ts";
import { type Metrics, PrometheusMetrics } from "../../src/metrics/metrics.ts";
import { METRICS_CONTENT_TYPE, renderMetrics } from "../../src/metrics/snapshot.ts";
import { noMetrics } from "../support/no_metrics.ts";
import { samples } from "./samples.ts";

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

Deno.test("each reason for which a connection ends is counted apart", async () => {
  const metrics = new PrometheusMetrics();
  const reasons = Object.keys(CLOSE_REASONS) as CloseReason[];
  for (const reason of reasons) {
    metrics.connectionOpened();
    metrics.connectionClosed(reason);
  }
  const got = await samples(metrics);
  assert.equal(got.get("waiting_queue_connections"), 0);
  for (const reason of reasons) {
    assert.equal(got.get(`waiting_queue_connections_closed_total{reason="${reason}"}`), 1, reason);
  }
  assert.match(
    await renderMetrics([await metrics.snapshot()]),
    /_closed_total .*: client, drain, /,
  );
});

Deno.test("the version and the open doors are 1, however many isolates there are", async () => {
  const all = [new PrometheusMetrics(), new PrometheusMetrics()];
  for (const metrics of all) {
    metrics.built("1.2.3", "2.9.6+abc");
    metrics.doorOpened("queue");
  }
  const got = await samples(...all);
  assert.equal(got.get('waiting_queue_build_info{version="1.2.3",deno="2.9.6+abc"}'), 1);
  assert.equal(got.get('waiting_queue_doors{door="queue"}'), 1);
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
