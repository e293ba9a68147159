/**
 * local-servers: Postgres, Redis and a store that speaks S3, started on this machine for `make cluster` and for tests.
 *
 * Owns: finding the binaries, free ports, starting, crashing, restarting and stopping; data in a folder of the caller.
 * Refuses: to be how anyone runs production, and to know what is kept in them.
 */
export {
  end,
  launch,
  untilEnded,
  type ChildServer,
  type Launch,
  type LaunchOptions,
} from './child-server.js';
export { startPostgres, type PostgresOptions, type PostgresServer } from './postgres.server.js';
export { startRedis, type RedisOptions, type RedisServer } from './redis.server.js';
export { startS3, type S3Server } from './s3.server.js';
export { freePort } from './free-port.js';
