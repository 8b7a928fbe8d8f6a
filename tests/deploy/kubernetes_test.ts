/**
 * The manifests of `examples/kubernetes`, against the schemas of the API and a few rules of our own.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  ConfigMap,
  Deployment,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  Service,
  ServiceMonitor,
  StatefulSet,
} from "../support/packages/kubernetes.ts";
import { parseAllDocuments } from "yaml";
import { declaredSettings } from "../../src/config/declarations.ts";
import { DOORS } from "../../src/app.ts";
import { STOMP_PATHS } from "../../src/doors/stomp/endpoint.ts";
import { readProjectFile } from "../support/import_graph.ts";

const KINDS = {
  ConfigMap,
  Deployment,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  Service,
  ServiceMonitor,
  StatefulSet,
};

// deno-lint-ignore no-explicit-any -- the schemas say what it is
type Manifest = any;

function manifests(name: string): Manifest[] {
  return parseAllDocuments(readProjectFile(`examples/kubernetes/${name}`)).map((document) => {
    assert.deepEqual(document.errors, [], name);
    return document.toJS();
  });
}

const ALL = [...manifests("waiting-queue.yaml"), ...manifests("redis.yaml")];

function only(kind: string): Manifest {
  const [found, ...others] = manifests("waiting-queue.yaml").filter((one) => one.kind === kind);
  assert.equal(others.length, 0, kind);
  return found;
}

Deno.test("every manifest is what the API of its kind takes", () => {
  for (const manifest of ALL) {
    const Kind = KINDS[manifest.kind as keyof typeof KINDS];
    assert.ok(Kind, manifest.kind);
    const model = new Kind(manifest);
    assert.equal(model.apiVersion, manifest.apiVersion);
    model.validate();
  }
  const { spec, ...rest } = only("Deployment");
  const wrong = new Deployment({ ...rest, spec: { ...spec, replicas: "two" } });
  assert.throws(() => wrong.validate(), /replicas/, "a mistake would be found");
});

Deno.test("whoever selects pods selects some that there are, by ports that they have", () => {
  const pods = ALL.flatMap(({ spec }) => spec?.template ?? []);
  const matching = (labels: Record<string, string>) =>
    pods.filter(({ metadata }) =>
      Object.entries(labels).every(([name, value]) => metadata.labels[name] === value)
    );
  for (const { kind, metadata, spec } of ALL) {
    if (kind === "ConfigMap" || kind === "Ingress" || kind === "ServiceMonitor") continue;
    const selector = spec.podSelector ?? spec.selector;
    const found = matching(selector.matchLabels ?? selector);
    assert.equal(found.length, 1, `${kind} ${metadata.name}`);
    if (kind !== "Service") continue;
    const ports = found[0].spec.containers[0].ports.map(({ name }: { name: string }) => name);
    for (const { targetPort } of spec.ports) assert.ok(ports.includes(targetPort), targetPort);
  }
  const [monitored] = ALL.filter(({ kind, metadata }) =>
    kind === "Service" && metadata.labels["app.kubernetes.io/component"] === "metrics"
  );
  const { spec } = only("ServiceMonitor");
  assert.deepEqual(spec.selector.matchLabels, monitored.metadata.labels);
  assert.equal(spec.endpoints[0].port, monitored.spec.ports[0].name);
});

Deno.test("a rolling update loses nobody: one more at a time, ready first, longer than the drain", () => {
  const { spec } = only("Deployment");
  assert.equal(spec.replicas, 2);
  assert.deepEqual(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
  assert.ok(spec.minReadySeconds > 0);
  const [container] = spec.template.spec.containers;
  const drain = declaredSettings(DOORS).find(({ name }) => name === "DRAIN_MS")!;
  const preStopSec = Number(container.lifecycle.preStop.exec.command[1]);
  const needed = preStopSec + Number(drain.declaration.default) / 1_000;
  assert.ok(spec.template.spec.terminationGracePeriodSeconds > needed);
  assert.equal(container.readinessProbe.httpGet.path, "/ready");
  assert.equal(container.livenessProbe.httpGet.path, "/health");
});

Deno.test("the manifests set settings that there are, and show browsers' paths alone", () => {
  const names = declaredSettings(DOORS).map(({ name }) => name);
  for (const name of Object.keys(only("ConfigMap").data)) assert.ok(names.includes(name), name);
  const [{ http }] = only("Ingress").spec.rules;
  for (const { path, pathType } of http.paths) {
    assert.equal(pathType, "Exact");
    const inner = path.replace("/waiting-queue", "");
    assert.ok(STOMP_PATHS.includes(inner) || inner === "/visitors-list/websocket", path);
  }
});
