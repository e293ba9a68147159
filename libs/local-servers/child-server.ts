import type { ChildProcess, SpawnOptionsWithoutStdio } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnDependent } from '#process';
import { LastWords } from './last-words.js';

/** A server has this long to get ready; one that says that it reads its data has the second. */
const usualPatience = { startMs: 60_000, recoveryMs: 30 * 60_000 };
const recoveryPollMs = 2_000;
/** Between the end of a process and that of what it wrote. A server's own children may hold its streams open for longer. */
const lastWordsMs = 500;

export interface Launch {
  command: string;
  args: readonly string[];
  options?: SpawnOptionsWithoutStdio;
  /** Which it says, to either stream, when it takes connections. */
  readyWords: string;
  port: number;
  /** Asks a server that is not ready whether it reads its data: a log that has grown large takes minutes. */
  isRecovering?: () => Promise<boolean>;
}

export interface LaunchOptions {
  patience?: { startMs: number; recoveryMs: number };
  /** Nobody waits for it any more: one that is still starting is ended. */
  stopped?: AbortSignal;
}

/** A server that takes connections. */
export interface ChildServer {
  readonly child: ChildProcess;
  readonly words: LastWords;
}

/**
 * Starts a server and resolves when it says that it takes connections; it ends with this process at the latest.
 * @throws Error with what it said last, when it ends or stays silent instead
 */
export async function launch(order: Launch, options: LaunchOptions = {}): Promise<ChildServer> {
  const { patience = usualPatience, stopped } = options;
  stopped?.throwIfAborted();
  const child = spawnDependent(order.command, order.args, 'SIGINT', order.options);
  const { promise: ready, resolve } = Promise.withResolvers<undefined>();
  const words = new LastWords([child.stdout, child.stderr], (line) => {
    if (line.includes(order.readyWords)) resolve(undefined);
  });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(`${order.command} cannot be started (setpriv is of util-linux)`, { cause: error });
  });
  const started = new AbortController();
  const ended = untilEnded(child).then((how) => `it ended with ${how}`);
  const late = untilTooLate(order, patience, started.signal);
  stopped?.addEventListener('abort', () => child.kill('SIGKILL'), { signal: started.signal });
  try {
    const why = await Promise.race([ready, ended, late, failed]);
    if (why !== undefined) throw new Error(whyNotStarted(why, words.text, order));
    return { child, words };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    started.abort();
    for (const each of [failed, late]) each.catch(() => undefined);
  }
}

function whyNotStarted(why: string, said: string, { command, port }: Launch): string {
  return /address already in use/i.test(said)
    ? `port ${port} of 127.0.0.1, which was its own, is another program's now: end that one (\`ss -ltnp\` names it)`
    : `${command} did not start, ${why}: ${said}`;
}

/** Resolves when it has had its time, with how much that was. */
async function untilTooLate(
  order: Launch,
  { startMs, recoveryMs }: typeof usualPatience,
  signal: AbortSignal,
): Promise<string> {
  await delay(startMs, undefined, { signal, ref: false });
  for (let waitedMs = startMs; (await order.isRecovering?.()) === true; waitedMs += recoveryPollMs) {
    if (waitedMs > recoveryMs) return `it still read its data after ${recoveryMs / 60_000} minutes`;
    await delay(recoveryPollMs, undefined, { signal, ref: false });
  }
  return `it was not ready after ${startMs / 1_000} seconds`;
}

/** Resolves when the process is gone and what it wrote is read, with how it went. */
export async function untilEnded(server: ChildProcess): Promise<string> {
  const closed = once(server, 'close').catch(() => undefined);
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  const isRead = [server.stdout, server.stderr].every((stream) => stream === null || stream.closed);
  if (!isRead) await Promise.race([closed, delay(lastWordsMs, undefined, { ref: false })]);
  return server.signalCode ?? `exit code ${server.exitCode}`;
}

/** Resolves when the process is gone. */
export async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  server.kill(signal);
  await untilEnded(server);
}
