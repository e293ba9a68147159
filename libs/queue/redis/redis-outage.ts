import type { Redis } from 'ioredis';

/** Redis may be away so long before new work is refused; a failover takes less. */
const maxOutageMs = 3_000;

/** Whether Redis is away, as one connection sees it. */
export class RedisOutage {
  private since: number | undefined;

  /** @param redis connected */
  constructor(redis: Redis) {
    redis.on('close', () => (this.since ??= performance.now()));
    redis.on('ready', () => (this.since = undefined));
  }

  /** Since a moment ago, perhaps. */
  get hasBegun(): boolean {
    return this.since !== undefined;
  }

  /** Longer than a failover takes. */
  get lasts(): boolean {
    return this.since !== undefined && performance.now() - this.since > maxOutageMs;
  }

  /** In words, for probes; undefined while there is none that lasts. */
  get words(): string | undefined {
    return this.lasts ? 'The queue cannot be reached' : undefined;
  }
}
