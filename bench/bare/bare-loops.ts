import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchResult } from '../result.js';
import type { Workload } from '../workloads.js';

/** What the bare loop of a task measured. */
export interface BareLoops {
  /** One a batch size. */
  results: BenchResult[];
  /** Wall time of a batch as large as the server makes them. */
  fullBatchMs: number;
}

/** In a process of its own, so that its CPU time is its own. */
export async function runBareLoops(
  models: string,
  { task, model }: Workload,
  seconds: number,
): Promise<BareLoops> {
  const script = fileURLToPath(new URL('./bare-loop.process.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    models,
    task,
    model,
    String(seconds),
  ]);
  return JSON.parse(stdout) as BareLoops;
}
