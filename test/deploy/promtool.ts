import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The promtool that scripts/install-promtool.sh found; scripts/test.sh sets it. @returns what it printed */
export async function promtool(...args: string[]): Promise<string> {
  const command = process.env['TEST_PROMTOOL'];
  if (command === undefined) throw new Error('TEST_PROMTOOL is not set: run through scripts/test.sh');
  return (await promisify(execFile)(command, args, { timeout: 60_000 })).stdout;
}
