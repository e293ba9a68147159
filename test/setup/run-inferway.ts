import { execFile } from 'node:child_process';
import { join } from 'node:path';

const main = join('dist', 'apps', 'inferway', 'src', 'main.js');

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** The command line as a user runs it, with `settings` beside the environment of the test. */
export function runInferway(settings: Record<string, string>, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: '', ...settings };
    execFile(process.execPath, [main, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
