import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { untilEnded } from '#local-servers';
import { spawnDependent } from '#process';
import type { Supervised } from './supervisor.js';

export type ProgramRole = 'gateway' | 'worker';

const readyTimeoutMs = 120_000;
const stopTimeoutMs = 20_000;

/** With which a program says that it is up. */
const readyMessage = z.object({ url: z.string() });

/** One of our programs, as a process of its own. */
export class Program implements Supervised {
  url: string | undefined;
  private child: ChildProcess | undefined;
  private readyPid = 0;

  constructor(
    readonly role: ProgramRole,
    private readonly env: Record<string, string>,
  ) {}

  /** Of the process that was ready last: what is only starting is nobody's to ask or to end. */
  get pid(): number {
    return this.readyPid;
  }

  /** Resolves when it says that it is ready; the second time and later on the port that clients know. */
  async start(): Promise<void> {
    const main = fileURLToPath(new URL(`../../../${this.role}/src/main.js`, import.meta.url));
    const port = this.url === undefined || this.env['PORT'] !== '0' ? {} : { PORT: new URL(this.url).port };
    const child = spawnDependent(process.execPath, [main], 'SIGTERM', {
      env: { ...process.env, ...this.env, ...port },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child = child;
    const ended = untilEnded(child).then((how) => {
      throw new Error(`a ${this.role} ended before it was ready (${how})`);
    });
    try {
      const ready = once(child, 'message', { signal: AbortSignal.timeout(readyTimeoutMs) });
      const messages: unknown[] = await Promise.race([ready, ended]);
      this.url = readyMessage.parse(messages[0]).url;
      this.readyPid = child.pid ?? 0;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      ended.catch(() => undefined);
    }
  }

  ended(): Promise<string> {
    return this.child === undefined ? Promise.resolve('never started') : untilEnded(this.child);
  }

  /** Resolves when it is gone, also one that was still starting. */
  async stop(): Promise<void> {
    this.child?.kill('SIGTERM');
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), stopTimeoutMs);
    await this.ended();
    clearTimeout(timer);
  }
}
