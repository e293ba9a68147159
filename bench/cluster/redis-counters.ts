import { Redis } from 'ioredis';

/** What Redis has done since its start: reads from client sockets, seconds of CPU. */
export async function redisCounters(url: string): Promise<{ reads: number; cpuS: number }> {
  const redis = new Redis(url);
  try {
    const info = await redis.info();
    const read = (name: string) => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]);
    return { reads: read('total_reads_processed'), cpuS: read('used_cpu_user') + read('used_cpu_sys') };
  } finally {
    redis.disconnect();
  }
}
