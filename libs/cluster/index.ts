/**
 * cluster: how the programs of a cluster reach what they share.
 *
 * Owns: opening Postgres and Redis, refusing a Redis that may lose jobs, the one clock, the installation's key.
 * Refuses: what a program does with them.
 */
export { openCluster, type Cluster } from './open-cluster.js';
