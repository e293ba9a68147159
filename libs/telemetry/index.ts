/**
 * telemetry: what the product says about itself.
 *
 * Owns: the catalogues of metric and span names, the `Telemetry` class that records and exposes them, the logger.
 * Refuses: labels or attributes that name a key or a tenant, payloads, and any network of its own: metrics are read
 * through the gateway, traces go wherever an OpenTelemetry SDK in the process sends them.
 */
export * from './logger.js';
export * from './metric.catalogue.js';
export * from './span.catalogue.js';
export * from './telemetry.js';
