import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** Where figures come from. */
export function provenance() {
  return {
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    node: process.version,
    date: new Date().toISOString(),
  };
}
