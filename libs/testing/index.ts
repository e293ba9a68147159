/**
 * testing: what tests of several rooms share.
 *
 * Owns: where models are found, a real server as a child process. Postgres harnesses are imported by path (they are heavy).
 * Refuses: to be imported by anything that ships.
 */
export { ClusterProcess, type ClusterDescription } from './cluster-process.js';
export * from './models-directory.js';
export { meteredCharacters, SteadyLoad, type LoadReport } from './steady-load.js';
export { ServerProcess } from './server-process.js';
