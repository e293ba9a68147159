import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { posix } from 'node:path';

/**
 * CPUs this process may use, possibly fractional: the smallest quota of its cgroup and of those around it, else the cores it
 * may run on. Node's `availableParallelism` sees the cores and not the quota, so a pod with 2 CPUs on a 64-core host would
 * start 64 engines.
 */
export function cpuQuota(read: (path: string) => string = readText): number {
  const quotas = cgroupsOf(read('/proc/self/cgroup')).map(
    (cgroup) =>
      quotaV2(read(posix.join('/sys/fs/cgroup', cgroup, 'cpu.max'))) ??
      quotaV1((file) => read(posix.join('/sys/fs/cgroup/cpu', cgroup, `cpu.${file}`))),
  );
  return Math.min(availableParallelism(), ...quotas.filter((quota) => quota !== undefined));
}

/**
 * The cgroups that bound our CPU, from the root to our own, as `/proc/self/cgroup` names it: `0::/a/b`, or in version 1
 * `4:cpu,cpuacct:/a/b`. In a container the root is mostly the container's own, and all there is to see.
 */
function cgroupsOf(text: string): string[] {
  const own = /^\d+:(?:\S*,)?cpu(?:,[^:]*)?:(.+)$/m.exec(text)?.[1] ?? /^0::(.+)$/m.exec(text)?.[1] ?? '/';
  const names = own.split('/').filter((name) => name !== '');
  return ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)];
}

/** `<quota> <period>` in microseconds, or `max <period>`. */
function quotaV2(text: string): number | undefined {
  const match = /^(\d+) (\d+)/.exec(text);
  return match === null ? undefined : ratio(Number(match[1]), Number(match[2]));
}

/** Two files; a quota of -1 means none. */
function quotaV1(read: (file: string) => string): number | undefined {
  const microseconds = (name: string) => Number.parseInt(read(`cfs_${name}_us`), 10);
  return ratio(microseconds('quota'), microseconds('period'));
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
