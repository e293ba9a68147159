/**
 * worker: everything behind the queue.
 *
 * Owns: the composition of models, engine hosts, pipelines and the meter into one job handler; which models a worker
 * serves; its probes. `main.ts` is the worker of a cluster; the one-process server composes the same parts.
 * Refuses: HTTP for clients, tenants and keys, and how jobs arrive.
 */
export { startEngines, type EnginesOptions, type RunningEngines } from './engines/start-engines.js';
