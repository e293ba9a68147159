import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { spawnDependent } from '#process';

export type Role = 'gateway' | 'worker';

const readyTimeoutMs = 120_000;
/** A program that ends is started again after so long; one that cannot start is not worth a busy loop. */
const restartDelayMs = 500;
const stopTimeoutMs = 20_000;

/** With which a program says that it is up. */
const readyMessage = z.object({ url: z.string() });

interface Supervised {
  role: Role;
  env: Record<string, string>;
  child: ChildProcess;
  url: string;
}

/** Starts our programs as processes of their own, and again when one ends, as Kubernetes would. */
export class Supervisor {
  /** Told when a process was replaced. */
  onChange: () => void = () => undefined;
  private readonly all: Supervised[] = [];
  private stopping = false;

  /** Resolves when the program says that it is ready. */
  async add(role: Role, env: Record<string, string>): Promise<void> {
    const supervised: Supervised = { role, env, ...(await start(role, env)) };
    this.all.push(supervised);
    this.keepAlive(supervised);
  }

  processes(): { role: Role; pid: number; url: string }[] {
    return this.all.map(({ role, child, url }) => ({ role, pid: child.pid ?? -1, url }));
  }

  /** Gateways first, so that they are answered by workers that still live. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const role of ['gateway', 'worker'] as const) {
      await Promise.all(this.all.filter((each) => each.role === role).map(({ child }) => end(child)));
    }
  }

  private keepAlive(supervised: Supervised): void {
    supervised.child.once('exit', () => {
      if (!this.stopping) setTimeout(() => void this.restart(supervised), restartDelayMs);
    });
  }

  private async restart(supervised: Supervised): Promise<void> {
    if (this.stopping) return;
    try {
      // On the port that clients know.
      const PORT = new URL(supervised.url).port;
      Object.assign(supervised, await start(supervised.role, { ...supervised.env, PORT }));
      this.onChange();
      this.keepAlive(supervised);
    } catch {
      setTimeout(() => void this.restart(supervised), restartDelayMs);
    }
  }
}

async function start(role: Role, env: Record<string, string>): Promise<{ child: ChildProcess; url: string }> {
  const main = fileURLToPath(new URL(`../../../${role}/src/main.js`, import.meta.url));
  const child = spawnDependent(process.execPath, [main], 'SIGTERM', {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const signal = AbortSignal.timeout(readyTimeoutMs);
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error(`a ${role} ended before it was ready`);
  });
  try {
    const messages: unknown[] = await Promise.race([once(child, 'message', { signal }), ended]);
    return { child, url: readyMessage.parse(messages[0]).url };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    ended.catch(() => undefined);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}
