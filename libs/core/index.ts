/**
 * core: the use cases and the ports they need.
 *
 * Owns: authenticate, submit, process, meter, report, run jobs and tell of their end, inspect pictures, manage tenants, keys
 * and plans and log who did; what is billed and when.
 * Refuses: Nest, HTTP, SQL, queues, models: all of those arrive through a port (an abstract class, which also serves
 * as its injection token).
 */
export * from './identity/api-key.js';
export * from './identity/authenticate-key.js';
export { badKeyWindowMs, maxBadKeys } from './identity/bad-keys.js';
export * from './identity/key-uses.js';
export * from './identity/manage-keys.js';
export * from './inference/estimate-request.js';
export { assertScope } from './identity/scopes.js';
export * from './inference/process-job.js';
export * from './inference/submit-inference.js';
export * from './inference/timing-recorder.js';
export * from './inspection/finding-source.js';
export * from './inspection/inspect-image.js';
export * from './inspection/judge-findings.js';
export * from './inspection/manage-profiles.js';
export * from './jobs/browse-jobs.js';
export * from './jobs/run-chunk.js';
export * from './jobs/run-jobs.js';
export * from './jobs/submit-job.js';
export * from './jobs/to-job-view.js';
export * from './jobs/watch-jobs.js';
export * from './metering/build-invoice.js';
export * from './metering/currency-conflict.js';
export * from './metering/export-usage.js';
export * from './metering/issue-invoices.js';
export * from './metering/keep-books.js';
export * from './metering/drop-usage.js';
export * from './metering/manage-prices.js';
export * from './metering/price-book.js';
export * from './metering/month.js';
export * from './metering/price-usage.js';
export * from './metering/report-usage.js';
export * from './metering/show-invoice.js';
export * from './metering/verify-books.js';
export * from './ports/admission.js';
export * from './ports/audit-log.js';
export * from './ports/idempotency-store.js';
export * from './ports/inspection-drawing.js';
export * from './ports/invoice-store.js';
export * from './ports/profile-store.js';
export * from './ports/job-queue.js';
export * from './ports/job-store.js';
export * from './ports/job-work-store.js';
export * from './ports/key-store.js';
export * from './ports/model-inventory.js';
export * from './ports/price-store.js';
export * from './ports/plan-store.js';
export * from './ports/task-runner.js';
export * from './ports/usage-books.js';
export * from './ports/tenant-store.js';
export * from './ports/usage-log.js';
export * from './ports/contact-sheet.js';
export * from './ports/video-reader.js';
export * from './ports/video-store.js';
export * from './ports/webhook-sender.js';
export * from './ports/webhook-store.js';
export * from './tenancy/administration.js';
export { auditHash } from './tenancy/audit-chain.js';
export * from './tenancy/browse-audit.js';
export * from './tenancy/manage-plans.js';
export * from './tenancy/manage-tenants.js';
export { systemOperator, type Operator } from './tenancy/operator.js';
export * from './tenancy/standard-plan.js';
export * from './webhooks/deliver-webhooks.js';
export * from './webhooks/manage-webhooks.js';
export * from './webhooks/webhook-event.js';
export * from './video/browse-videos.js';
export { framesAtMost, tooLong } from './video/frame-inputs.js';
export * from './video/submit-video.js';
export { trackObjects, type SeenFrame, type Track, type TrackingOptions } from './video/track-objects.js';
