import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export type Role = 'gateway' | 'worker';

const readyTimeoutMs = 120_000;
/** A program that ends is started again after so long; one that cannot start is not worth a busy loop. */
const restartDelayMs = 500;
const stopTimeoutMs = 20_000;

/** The line of its log with which a program says that it is up. */
const readyLine = z.object({ msg: z.literal('ready'), url: z.string().optional() });

interface Supervised {
  role: Role;
  env: Record<string, string>;
  child: ChildProcess;
  url: string | undefined;
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

  processes(): { role: Role; pid: number; url: string | undefined }[] {
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
      const port = supervised.url === undefined ? {} : { PORT: new URL(supervised.url).port };
      Object.assign(supervised, await start(supervised.role, { ...supervised.env, ...port }));
      this.onChange();
      this.keepAlive(supervised);
    } catch {
      setTimeout(() => void this.restart(supervised), restartDelayMs);
    }
  }
}

async function start(
  role: Role,
  env: Record<string, string>,
): Promise<{ child: ChildProcess; url: string | undefined }> {
  const main = fileURLToPath(new URL(`../../../${role}/src/main.js`, import.meta.url));
  const child = spawn(process.execPath, [main], {
    // Its ready line is logged at `info`.
    env: { ...process.env, ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<{ url: string | undefined }>((resolve) => {
    lines.on('line', (line) => {
      const said = parseReady(line);
      if (said !== undefined) resolve({ url: said.url });
    });
  });
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(readyTimeoutMs) }).then(() => {
    throw new Error(`a ${role} ended before it was ready`);
  });
  try {
    return { child, ...(await Promise.race([ready, ended])) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    ended.catch(() => undefined);
  }
}

function parseReady(line: string): z.infer<typeof readyLine> | undefined {
  try {
    return readyLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
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
