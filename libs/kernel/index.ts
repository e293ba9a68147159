/**
 * kernel: the words every other room uses.
 *
 * Owns: the error catalogue and `AppError`, identifiers, the clock port, the principal and its plan, small value types.
 * Refuses: I/O, Nest, zod, and anything that only one room needs.
 */
export * from './app-error.js';
export * from './clock.js';
export * from './error.catalogue.js';
export * from './ids.js';
export * from './image-format.js';
export * from './network.js';
export * from './open-inference.js';
export * from './plan.js';
export * from './preferred-media-type.js';
export * from './principal.js';
export * from './retry-after.js';
export * from './seal.js';
export * from './text-lines.js';
export * from './traced-work.js';
