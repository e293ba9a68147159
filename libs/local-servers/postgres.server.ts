import { spawn, type SpawnOptionsWithoutStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { end, launch, untilEnded, type LaunchOptions } from './child-server.js';
import { freePort } from './free-port.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { isPostgresRecovering } from './recovering.js';

const initTimeoutMs = 60_000;

export interface PostgresOptions {
  /** Where its data lies, and stays; a temporary folder, removed by `stop`, by default. */
  folder?: string;
  /** False writes nothing through to the disk: for tests, none of which cuts the power. */
  durable?: boolean;
}

/** A real Postgres on a free port of the loopback interface. */
export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  /** The last lines that it wrote. */
  readonly lastWords: string;
  /** Makes the database if it is missing, and resolves with its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Resolves when its present process is gone, with how it went. */
  ended(): Promise<string>;
  /** Ends the server as a crash would: every connection breaks. Data stays for `restart`. */
  crash(): Promise<void>;
  /** Starts again on the same port. */
  restart(options?: LaunchOptions): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = await findPostgresBinaries();
  const owner = await serverUser();
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'inferway-postgres-')));
  await mkdir(folder, { recursive: true });
  if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid ?? owner.uid);
  const data = join(folder, 'data');
  if (!existsSync(data))
    await run(join(binaries, 'initdb'), initdbArguments(data), { ...owner, cwd: folder });
  const port = await freePort();
  const order = {
    command: join(binaries, 'postgres'),
    args: postgresArguments(data, folder, port, options.durable ?? false),
    options: { ...owner, cwd: folder },
    readyWords: 'ready to accept connections',
    port,
    isRecovering: () => isPostgresRecovering(port),
  };
  const start = (again?: LaunchOptions) => launch(order, again);
  let server = await start();
  const url = (name: string) => `postgresql://postgres@127.0.0.1:${port}/${name}`;
  return {
    port,
    get pid() {
      return server.child.pid ?? -1;
    },
    get lastWords() {
      return server.words.text;
    },
    async createDatabase(name, template = 'template1') {
      const client = new pg.Client({ connectionString: url('postgres') });
      await client.connect();
      try {
        const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
        if (known.rowCount === 0) await client.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
      } finally {
        await client.end();
      }
      return url(name);
    },
    ended: () => untilEnded(server.child),
    crash: () => end(server.child, 'SIGQUIT'),
    async restart(again) {
      server = await start(again);
    },
    async stop() {
      await end(server.child, 'SIGINT');
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

const initdbArguments = (data: string) => [
  ...['-D', data, '-U', 'postgres', '-E', 'UTF8'],
  ...['--auth=trust', '--locale=C', '--no-sync'],
];

function postgresArguments(data: string, sockets: string, port: number, durable: boolean): string[] {
  const settings = ['max_connections=60', 'shared_buffers=32MB'];
  if (!durable) settings.push('fsync=off', 'full_page_writes=off');
  const place = ['-D', data, '-k', sockets, '-h', '127.0.0.1', '-p', String(port)];
  return [...place, ...settings.flatMap((setting) => ['-c', setting])];
}

/** Postgres refuses to run as root, so root starts it as the system's unprivileged user. */
async function serverUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const passwd = await readFile('/etc/passwd', 'utf8');
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd) ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error('Root needs a user "nobody" to start Postgres as');
  return { uid: Number(uid), gid: Number(gid) };
}

async function run(command: string, args: string[], options: SpawnOptionsWithoutStdio): Promise<void> {
  const child = spawn(command, args, options);
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  await once(child, 'close', { signal: AbortSignal.timeout(initTimeoutMs) });
  if (child.exitCode !== 0) throw new Error(`${command} failed: ${errors.join('')}`);
}
