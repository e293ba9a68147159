import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const credentials = z.object({ url: z.string(), apiKey: z.string(), adminKey: z.string() });
const startTimeoutMs = 60_000;
const pollMs = 100;
const outputFile = 'output.log';

/** `inferway serve` in a folder of its own, as a user starts it. */
export class ServerProcess {
  private constructor(
    readonly url: string,
    readonly apiKey: string,
    readonly adminKey: string,
    readonly pid: number,
    readonly startMs: number,
    private readonly child: ChildProcess,
    readonly home: string,
  ) {}

  /**
   * @param earlierHome an earlier server's folder; a new one by default
   * @param build where the program was built; this one by default
   */
  static async start(
    settings: Record<string, string> = {},
    earlierHome?: string,
    build = '.',
  ): Promise<ServerProcess> {
    const home = earlierHome ?? (await mkdtemp(join(tmpdir(), 'inferway-server-')));
    const main = join(build, 'dist', 'apps', 'inferway', 'src', 'main.js');
    const env = { ...process.env, INFERWAY_HOME: home, PORT: '0', LOG_LEVEL: 'warn', ...settings };
    const startedAt = performance.now();
    const output = await open(join(home, outputFile), 'a');
    const child = spawn(join('scripts', 'node'), [main, 'serve'], {
      env: { ...env, NODE_OPTIONS: '' },
      stdio: ['ignore', output.fd, 'inherit'],
    });
    await output.close();
    const { url, apiKey, adminKey } = await waitForCredentials(
      join(home, 'credentials.json'),
      child,
      startedAt,
    );
    const startMs = performance.now() - startedAt;
    return new ServerProcess(url, apiKey, adminKey, child.pid ?? 0, startMs, child, home);
  }

  /** What it wrote to standard output so far: the banner and the log. */
  output(): Promise<string> {
    return readFile(join(this.home, outputFile), 'utf8');
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  /** Ends the process; SIGKILL leaves it no time for anything. The folder stays. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await ended;
  }

  /** Ends the process in good order and removes its folder. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.home, { recursive: true, force: true });
  }
}

/** The file is written last, when the server listens and holds its keys; an earlier server's does not count. */
async function waitForCredentials(
  path: string,
  child: ChildProcess,
  startedAt: number,
): Promise<z.infer<typeof credentials>> {
  const startedOn = performance.timeOrigin + startedAt;
  while (performance.now() < startedAt + startTimeoutMs && child.exitCode === null) {
    const file = await stat(path).catch(() => undefined);
    const text = file !== undefined && file.mtimeMs >= startedOn ? await readFile(path, 'utf8') : '';
    if (text.endsWith('}\n')) return credentials.parse(JSON.parse(text));
    await sleep(pollMs);
  }
  throw new Error('the server did not become ready');
}
