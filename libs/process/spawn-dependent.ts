import {
  spawn,
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type SpawnOptions,
  type SpawnOptionsWithoutStdio,
} from 'node:child_process';

/**
 * Starts a program that ends with this one, however this one ends: the kernel then sends it `lastSignal` (`setpriv` is of
 * util-linux). It has a process group of its own, so that ctrl-C in a terminal reaches this program alone, which stops what
 * it started in its order: nothing goes before those that still need it.
 */
export function spawnDependent(
  command: string,
  args: readonly string[],
  lastSignal: 'SIGTERM' | 'SIGINT',
  options?: SpawnOptionsWithoutStdio,
): ChildProcessWithoutNullStreams;
export function spawnDependent(
  command: string,
  args: readonly string[],
  lastSignal: 'SIGTERM' | 'SIGINT',
  options: SpawnOptions,
): ChildProcess;
export function spawnDependent(
  command: string,
  args: readonly string[],
  lastSignal: 'SIGTERM' | 'SIGINT',
  options: SpawnOptions = {},
): ChildProcess {
  const signal = lastSignal.slice('SIG'.length);
  return spawn('setpriv', ['--pdeathsig', signal, '--', command, ...args], { ...options, detached: true });
}
