/**
 * redis: how this product talks to Redis, whatever it keeps there.
 *
 * Owns: connections that come back by themselves, what a Redis must be set to, Lua scripts sent once and run by hash, the
 * installation's clock.
 * Refuses: what is kept in Redis and under which keys: the rooms that keep it say so.
 */
export { RedisClock } from './redis.clock.js';
export { connectRedis, findRedisFaults } from './redis.connection.js';
export { RedisScript, type ScriptArgument } from './redis.script.js';
