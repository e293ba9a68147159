import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { noProxy } from '#testing';

/** Of one command; a test that runs it takes a little more. */
export const commandTimeoutMs = 60_000;

const main = join('dist', 'apps', 'inferway', 'src', 'main.js');

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: '', ...noProxy, ...settings };
}

/**
 * The command line as a user runs it, with `settings` beside the environment of the test.
 *
 * @throws Error when something that it started is still there
 */
export function runInferway(settings: Record<string, string>, ...args: string[]): Promise<Outcome> {
  return run(process.execPath, [main, ...args], settings);
}

const mountScript = 'mount -t tmpfs -o "size=200m,nr_inodes=$1" tmpfs "$INFERWAY_HOME"';
/** What only the script sees: its mounts end with it. */
const unshared = (script: string) => ['--map-root-user', '--mount', 'sh', '-c', script, 'sh'];

/** Whether this machine lets a test mount a disk that nobody else sees: many containers allow the room, and no mount in it. */
export const canMount =
  spawnSync('unshare', [...unshared(mountScript), '1'], { env: environment({ INFERWAY_HOME: tmpdir() }) })
    .status === 0;

/**
 * Twice on a disk of its own, in `home`: on one that has no room for more than `files`, and again when it has.
 * @returns both exit codes in a line each, below what was printed
 */
export function runOnFullDisk(files: number, home: string, ...args: string[]): Promise<Outcome> {
  const script = `${mountScript} || exit; shift
    "$@"; echo $?; mount -o remount,nr_inodes=0 "$INFERWAY_HOME"; "$@"; echo $?`;
  const command = [...unshared(script), String(files), process.execPath, main, ...args];
  return run('unshare', command, { INFERWAY_HOME: home }, 2 * commandTimeoutMs);
}

/** As `runInferway`, for a test that does not let it come to its end. */
export function startInferway(settings: Record<string, string>, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { env: environment(settings), stdio: 'ignore' });
}

async function run(
  command: string,
  args: readonly string[],
  settings: Record<string, string>,
  timeout = commandTimeoutMs,
): Promise<Outcome> {
  const child = spawn(command, args, {
    env: environment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, by which what it started is found.
    detached: true,
    timeout,
    // A stop by the rules may exit with 0, as if time had not run out.
    killSignal: 'SIGKILL',
  });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, 'exit');
  // What is left holds the pipes, whose ends nobody would see, and would outlive the test.
  const leftBehind = endGroup(child.pid);
  const [stdout, stderr] = await printed;
  if (leftBehind) throw new Error(`\`${[command, ...args].join(' ')}\` left processes behind: ${stderr}`);
  return { code: child.exitCode ?? NaN, stdout, stderr };
}

/** @returns whether anybody was in it */
function endGroup(group = NaN): boolean {
  try {
    return process.kill(-group, 'SIGKILL');
  } catch {
    return false;
  }
}
