import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
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
  return run(process.execPath, [main, ...args], settings);
}

/** Whether this machine lets a test mount a disk that nobody else sees: containers often do not. */
export const canMount = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;

/**
 * Twice on a disk of its own, in `home`: on one that has no room for more than `files`, and again when it has.
 * @returns both exit codes in a line each, below what was printed
 */
export function runOnFullDisk(files: number, home: string, ...args: string[]): Promise<Outcome> {
  const script = `mount -t tmpfs -o size=200m,nr_inodes=${files} tmpfs "$INFERWAY_HOME"
    "$@"; echo $?; mount -o remount,nr_inodes=0 "$INFERWAY_HOME"; "$@"; echo $?`;
  const command = ['--map-root-user', '--mount', 'sh', '-c', script, 'sh', process.execPath, main, ...args];
  return run('unshare', command, { INFERWAY_HOME: home });
}

/** As `runInferway`, for a test that does not let it come to its end. */
export function startInferway(settings: Record<string, string>, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { env: environment(settings), stdio: 'ignore' });
}

function run(command: string, args: readonly string[], settings: Record<string, string>): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: environment(settings), timeout: 60_000 };
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
