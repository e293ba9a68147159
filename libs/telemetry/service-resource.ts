import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
  type Resource,
} from '@opentelemetry/resources';

/** Names the process to receivers, unless `OTEL_SERVICE_NAME` does. */
export interface ObservedService {
  name: string;
  version: string;
}

/** What a receiver is told of the process: its name, version and instance, and what `OTEL_RESOURCE_ATTRIBUTES` adds. */
export function serviceResource({ name, version }: ObservedService): Resource {
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': name, 'service.version': version }))
    .merge(
      detectResources({
        detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
      }),
    );
}
