/**
 * scheduling: who runs next, in which batch, and who is refused.
 *
 * Owns: the predictor of compute time, weighted fair order over tenants, the work-conserving batcher, packing by
 * length, the bounded backlog with its measured drain rate, whether a deadline can be met, the split of a run's cost over
 * its rows. Predicted compute milliseconds are the one currency of all of them: tokens and pixels cannot be compared,
 * milliseconds can.
 * Refuses: I/O, timers, promises, engines. Time comes from an injected clock; the caller asks `next` when an engine
 * has room and reports with `settle` what a run has cost.
 */
export * from './backlog.js';
export * from './batcher.js';
export * from './batcher.types.js';
export * from './cost-model.js';
export * from './deadline-door.js';
export * from './dispatch-limits.js';
export * from './drain-rate.js';
export * from './fair-accounts.js';
export * from './fair-queue.js';
export * from './laned-fair-queue.js';
export * from './pack-by-length.js';
export * from './release-window.js';
export * from './share-compute.js';
export * from './spread-slots.js';
export * from './tenant-rows.js';
