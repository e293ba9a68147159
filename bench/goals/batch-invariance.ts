import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { photos, type Workload } from '../workloads.js';
import type { Goal } from './goal.js';

const script = fileURLToPath(new URL('../parity/batch-invariance.process.js', import.meta.url));

/** Whether a photo's answer hangs on those that share its batch; none for tasks without photos. */
export async function batchInvariance(models: string, { task, model }: Workload): Promise<Goal[]> {
  if (!(task in photos)) return [];
  const { stdout } = await promisify(execFile)(process.execPath, [script, models, task, model]);
  return [
    { name: `the same bits alone and among 31 others, ${task}`, value: Number(stdout), unit: '', atLeast: 1 },
  ];
}
