/**
 * telemetry: what the product says about itself.
 *
 * Owns: the catalogues of metric and span names, the `Telemetry` class that records and exposes them, the logger,
 * OpenTelemetry itself: no other room imports it.
 * Refuses: labels or attributes that name a key or a tenant, payloads, and waiting for a receiver: metrics are read
 * through the program's own port, and what is sent leaves in the background.
 */
export * from './batch.span.js';
export * from './job.span.js';
export * from './logger.js';
export * from './metric.catalogue.js';
export * from './request.span.js';
export * from './span.catalogue.js';
export * from './start-telemetry.js';
export * from './telemetry.js';
export type { TraceCarrier } from './trace-carrier.js';
export * from './tracing.js';
