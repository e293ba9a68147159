import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import type { Manifest } from './chart.js';

/** Of kinds that Kubernetes itself does not know: throws where a manifest is not as its operator reads it. */
export const customSchemas: Partial<Record<string, (manifest: Manifest) => void>> = {
  HTTPRoute: (manifest) => Object.assign(new HTTPRoute(), manifest).validate(),
  ScaledObject: (manifest) => Object.assign(new ScaledObject(), manifest).validate(),
};
