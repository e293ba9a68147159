/**
 * core: the use cases and the ports they need.
 *
 * Owns: authenticate, submit, process, meter, report, manage tenants and keys; what is billed and when.
 * Refuses: Nest, HTTP, SQL, queues, models: all of those arrive through a port (an abstract class, which also serves
 * as its injection token).
 */
export * from './identity/api-key.js';
export * from './identity/authenticate-key.js';
export * from './identity/manage-keys.js';
export * from './inference/process-job.js';
export * from './inference/submit-inference.js';
export * from './inference/timing-recorder.js';
export * from './metering/report-usage.js';
export * from './ports/idempotency-store.js';
export * from './ports/job-queue.js';
export * from './ports/key-store.js';
export * from './ports/model-inventory.js';
export * from './ports/task-runner.js';
export * from './ports/usage-log.js';
