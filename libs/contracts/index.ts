/**
 * contracts: zod schemas shared by more than one task or room.
 *
 * Owns: what crosses a boundary (job envelope, usage, problem details, images and text as inputs) and the checked
 * subset of zod that every surface (REST, OpenAPI, GraphQL, queue) can express.
 * Refuses: behaviour; a schema used by one task stays in that task's folder.
 */
export * from './bytes.js';
export * from './estimate.js';
export * from './invoice.js';
export * from './job.js';
export * from './job-envelope.js';
export * from './one-or-many.js';
export * from './price.js';
export * from './problem.js';
export * from './task-contract.js';
export * from './text.js';
export * from './usage.js';
export * from './webhook.js';
