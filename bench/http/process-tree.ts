import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU in ticks of 10 ms (USER_HZ, fixed at 100 for programs). */
const tickMs = 10;

/** A process and all it started, from /proc. */
export function processTree(root: number): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const stat = readStat(Number(name));
        return stat === undefined ? [] : [[Number(name), Number(stat[1])] as const];
      }),
  );
  const tree = [root];
  for (const pid of tree)
    tree.push(...[...parents].filter(([, parent]) => parent === pid).map(([child]) => child));
  return tree;
}

/** User and system time of the processes so far, in milliseconds. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readStat(pid);
    return sum + tickMs * (Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0));
  }, 0);
}

/** What all processes of the machine have used so far, in milliseconds. */
export function machineCpuMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)
    .flatMap((line) => line.split(/\s+/).slice(1).map(Number));
  return tickMs * (user + nice + system + irq + softIrq);
}

/** Proportional set size: shared pages are counted once over all processes. In megabytes. */
export function pssMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kb = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return sum + Number(kb ?? 0) / 1_024;
  }, 0);
}

/** Fields of /proc/PID/stat from the state on: the name before may hold spaces. Undefined for a process that ended. */
function readStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
