import type { Redis } from 'ioredis';
import { systemClock, type Clock } from '#kernel';

const syncIntervalMs = 10_000;
const samples = 3;

/**
 * The installation's one clock: Redis `TIME`, carried on by this process's monotonic clock. A machine whose own clock is
 * minutes off neither expires others' work nor keeps its own too long.
 */
export class RedisClock implements Clock {
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly redis: Redis,
    private offsetMs: number,
  ) {
    this.timer = setInterval(() => void this.sync(), syncIntervalMs);
    this.timer.unref();
  }

  static async start(redis: Redis): Promise<RedisClock> {
    return new RedisClock(redis, await measureOffset(redis));
  }

  now(): number {
    return systemClock.now() + this.offsetMs;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async sync(): Promise<void> {
    try {
      this.offsetMs = await measureOffset(this.redis);
    } catch {
      // The last offset is good for hours; whoever needs Redis itself will say that it is away.
    }
  }
}

/** Redis's time less ours, from the fastest of a few exchanges: what is left of its round trip is the error. */
async function measureOffset(redis: Redis): Promise<number> {
  let best = { roundTripMs: Infinity, offsetMs: 0 };
  for (let i = 0; i < samples; i++) {
    const sentAt = systemClock.now();
    const [seconds, microseconds] = await redis.time();
    const receivedAt = systemClock.now();
    const roundTripMs = receivedAt - sentAt;
    const theirs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    if (roundTripMs < best.roundTripMs) best = { roundTripMs, offsetMs: theirs - (sentAt + receivedAt) / 2 };
  }
  return best.offsetMs;
}
