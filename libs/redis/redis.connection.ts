import { Redis } from 'ioredis';

const maxReconnectDelayMs = 1_000;
/** BullMQ's blocked reads are answered within ten seconds. */
const maxSilenceMs = 12_000;
const keepAliveMs = 5_000;

/**
 * A connection that comes back by itself and loses no command: what was sent and not answered is sent again, so everything
 * we send may be repeated.
 *
 * A Redis that hangs, or whose machine is gone, closes nothing: TCP alone would wait for a quarter of an hour, with every
 * request held to its deadline and the next Redis already there. A shorter silence would take slow disks for dead ones.
 */
export function connectRedis(url: string): Redis {
  return new Redis(url, {
    // Wait for Redis rather than fail after some tries: the deadline of the work bounds the wait.
    maxRetriesPerRequest: null,
    socketTimeout: maxSilenceMs,
    // Subscriptions ask for nothing, so nothing of theirs goes unanswered: the kernel asks.
    keepAlive: keepAliveMs,
    retryStrategy: (attempt) => Math.min(maxReconnectDelayMs, 50 * attempt),
    lazyConnect: true,
  });
}

/** What is wrong with a Redis for keeping jobs, one line each; none when it is fit. */
export async function findRedisFaults(redis: Redis): Promise<string[]> {
  const [memory, persistence] = [await redis.info('memory'), await redis.info('persistence')];
  const policy = read(memory, 'maxmemory_policy');
  const faults: string[] = [];
  if (policy !== 'noeviction')
    faults.push(`maxmemory-policy is ${policy}: Redis would throw jobs away; set it to noeviction`);
  if (read(persistence, 'aof_enabled') !== '1')
    faults.push('appendonly is no: a restart of Redis would lose jobs; set it to yes');
  return faults;
}

function read(info: string, name: string): string {
  return new RegExp(`^${name}:(\\S*)`, 'm').exec(info)?.[1] ?? 'unknown';
}
