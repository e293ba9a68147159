import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { noProxy } from '#testing';

const main = join('dist', 'apps', 'inferway', 'src', 'main.js');

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const environment = (settings: Record<string, string>) => ({
  ...process.env,
  NODE_OPTIONS: '',
  ...noProxy,
  ...settings,
});

/** The command line as a user runs it, with `settings` beside the environment of the test. */
export function runInferway(settings: Record<string, string>, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: environment(settings), timeout: 60_000 };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** The same, for a test that does not let it come to its end. */
export function startInferway(settings: Record<string, string>, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { env: environment(settings), stdio: 'ignore' });
}
