import type { ChildProcess, SpawnOptionsWithoutStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { spawnDependent } from '#process';

const startTimeoutMs = 60_000;

export interface Launch {
  command: string;
  args: readonly string[];
  options?: SpawnOptionsWithoutStdio;
  /** Where it says that it is ready, and the words it uses. */
  stream: 'stdout' | 'stderr';
  readyWords: string;
}

/**
 * Starts a server and resolves when it says that it takes connections; it ends with this process at the latest.
 * @throws Error with all that it said, when it ends or stays silent instead
 */
export async function launch({ command, args, options, stream, readyWords }: Launch): Promise<ChildProcess> {
  const child = spawnDependent(command, args, 'SIGINT', options);
  const said: string[] = [];
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(`${command} cannot be started (setpriv is of util-linux)`, { cause: error });
  });
  await Promise.race([untilReady(child[stream], readyWords, said), failed]).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  // Whatever it says later must not fill the pipes.
  child.stdout.resume();
  child.stderr.resume();
  return child;
}

async function untilReady(stream: Readable, readyWords: string, said: string[]): Promise<void> {
  const lines = createInterface({ input: stream, signal: AbortSignal.timeout(startTimeoutMs) });
  for await (const line of lines) {
    said.push(line);
    if (line.includes(readyWords)) return;
  }
  throw new Error(`the server did not start: ${said.join('\n')}`);
}

/** Resolves when the process is gone, with how it went. */
export async function untilEnded(server: ChildProcess): Promise<string> {
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  return server.signalCode ?? `exit code ${server.exitCode}`;
}

/** Resolves when the process is gone. */
export async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  server.kill(signal);
  await untilEnded(server);
}
