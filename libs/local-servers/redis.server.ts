import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { end, launch, untilEnded, type LaunchOptions } from './child-server.js';
import { freePort } from './free-port.js';
import { isRedisLoading } from './recovering.js';

export interface RedisOptions {
  /** Where its data lies, and stays; a temporary folder, removed by `stop`, by default. */
  folder?: string;
  /** Further settings, as on its command line. */
  settings?: readonly string[];
}

/** A real Redis on a free port of the loopback interface, set up as a queue needs it: nothing evicted, all persisted. */
export interface RedisServer {
  readonly url: string;
  readonly pid: number;
  /** The last lines that it wrote. */
  readonly lastWords: string;
  /** Resolves when its present process is gone, with how it went. */
  ended(): Promise<string>;
  /** SIGKILL: what was not yet written is lost. Data stays for `restart`. */
  crash(): Promise<void>;
  /** Starts again on the same port. */
  restart(options?: LaunchOptions): Promise<void>;
  /** From now on none of its files can grow by more than this, as on a disk that is nearly full; Infinity mends it. */
  limitGrowth(bytes: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedis({ folder, settings = [] }: RedisOptions = {}): Promise<RedisServer> {
  const command = findRedis();
  const directory = folder ?? (await mkdtemp(join(tmpdir(), 'inferway-redis-')));
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const args = [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'],
    ...settings,
  ];
  // A write past the limit of `limitGrowth` must fail, as on a full disk, and not end the server by a signal.
  const withoutSignal = ['-c', 'trap "" XFSZ; exec "$0" "$@"', command, ...args];
  const order = {
    command: 'sh',
    args: withoutSignal,
    readyWords: 'Ready to accept connections',
    port,
    isRecovering: () => isRedisLoading(port),
  };
  const start = (options?: LaunchOptions) => launch(order, options);
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.child.pid ?? -1;
    },
    get lastWords() {
      return server.words.text;
    },
    ended: () => untilEnded(server.child),
    crash: () => end(server.child, 'SIGKILL'),
    async restart(options) {
      server = await start(options);
    },
    async limitGrowth(bytes) {
      const limit = bytes === Infinity ? 'unlimited' : String((await largestFile(directory)) + bytes);
      await promisify(execFile)('prlimit', ['--pid', String(server.child.pid), `--fsize=${limit}:`]);
    },
    async stop() {
      await end(server.child, 'SIGTERM');
      if (folder === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function largestFile(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size);
  return Math.max(0, ...(await Promise.all(sizes)));
}

/** @throws Error when there is none: what needs a real Redis is never skipped */
function findRedis(): string {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const found = path
    .flatMap((folder) => ['redis-server', 'valkey-server'].map((name) => join(folder, name)))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error('There is no redis-server on PATH: install Redis 7 (Debian: redis-server)');
}
