/** Not in `deno.json`, from which every task fetches all that it names: only tests need it. */
export { ServiceMonitor } from "npm:@kubernetes-models/prometheus-operator@^6.0.0/monitoring.coreos.com/v1";
export { Deployment, StatefulSet } from "npm:kubernetes-models@^5.1.0/apps/v1";
export { Ingress, NetworkPolicy } from "npm:kubernetes-models@^5.1.0/networking.k8s.io/v1";
export { PodDisruptionBudget } from "npm:kubernetes-models@^5.1.0/policy/v1";
export { ConfigMap, Service } from "npm:kubernetes-models@^5.1.0/v1";
