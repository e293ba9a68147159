import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * CPUs this process may use, possibly fractional: the cgroup's quota where there is one, else the cores it may run on.
 * Node's `availableParallelism` sees the cores and not the quota, so a pod with 2 CPUs on a 64-core host would start
 * 64 engines.
 */
export function cpuQuota(read: (path: string) => string = readText): number {
  const cores = availableParallelism();
  const quota = quotaV2(read('/sys/fs/cgroup/cpu.max')) ?? quotaV1(read);
  return quota === undefined ? cores : Math.min(cores, quota);
}

/** cgroup v2: `<quota> <period>` in microseconds, or `max <period>`. */
function quotaV2(text: string): number | undefined {
  const match = /^(\d+) (\d+)/.exec(text);
  return match === null ? undefined : ratio(Number(match[1]), Number(match[2]));
}

/** cgroup v1: two files; a quota of -1 means none. */
function quotaV1(read: (path: string) => string): number | undefined {
  const file = (name: string) => Number.parseInt(read(`/sys/fs/cgroup/cpu/cpu.cfs_${name}_us`), 10);
  return ratio(file('quota'), file('period'));
}

function ratio(quota: number, period: number): number | undefined {
  return quota > 0 && period > 0 ? quota / period : undefined;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
