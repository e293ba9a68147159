import { readFileSync, readdirSync } from 'node:fs';

/** What a process and its children hold; a leak shows as a difference between two of these. */
export interface ProcessState {
  children: number[];
  /** Resident memory of all of them, in megabytes. */
  rssMb: number;
  /** Open files and sockets of the process itself. */
  descriptors: number;
}

export function processState(pid: number): ProcessState {
  const children = childrenOf(pid);
  return {
    children,
    rssMb: [pid, ...children].reduce((sum, each) => sum + rssMbOf(each), 0),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** A server starts nothing but engine hosts. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readIfThere(`/proc/${pid}/task/${task}/children`).trim().split(' '))
    .filter((text) => text !== '')
    .map(Number);
}

function rssMbOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Threads come and go: one that has ended since it was listed has no children. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
