import type { Goal } from '../goals/goal.js';
import { SleepingCluster } from './sleeping-cluster.js';

const sleepMs = 20;
const workers = 4;
const jobsPerWorker = 16;
const ceilingJobs = 256;

/** How throughput grows with workers whose engine sleeps, so that the queue alone is measured; and the most that one Redis carries. */
export async function scalingGoals(redisUrl: string, seconds: number): Promise<Goal[]> {
  const one = await throughput(redisUrl, { workers: 1, sleepMs, inFlight: jobsPerWorker }, seconds);
  const four = await throughput(redisUrl, { workers, sleepMs, inFlight: workers * jobsPerWorker }, seconds);
  const ceiling = await throughput(redisUrl, { workers: 2, sleepMs: 0, inFlight: ceilingJobs }, seconds);
  return [
    {
      name: `throughput of ${workers} workers to one, engines that sleep ${sleepMs} ms`,
      value: four / one,
      unit: '×',
      atLeast: 3.8,
      facts: { onePerSecond: one, fourPerSecond: four },
    },
    { name: 'jobs through one Redis, two workers with nothing to do', value: ceiling, unit: 'a second' },
  ];
}

interface Trial {
  workers: number;
  sleepMs: number;
  inFlight: number;
}

async function throughput(redisUrl: string, trial: Trial, seconds: number): Promise<number> {
  const cluster = await SleepingCluster.start(redisUrl, trial);
  try {
    return await cluster.throughput(trial.inFlight, seconds);
  } finally {
    await cluster.stop();
  }
}
