import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { Manifest } from './chart.js';

const kinds = { HTTPRoute, ScaledObject, PodMonitor, PrometheusRule, ServiceMonitor };

/** Of kinds that Kubernetes itself does not know: throws where a manifest is not as its operator reads it. */
export const customSchemas: Partial<Record<string, (manifest: Manifest) => void>> = Object.fromEntries(
  Object.entries(kinds).map(([kind, Model]) => [
    kind,
    (manifest: Manifest) => Object.assign(new Model(), manifest).validate(),
  ]),
);
