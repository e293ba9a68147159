import { spawn, type ChildProcess, type SpawnOptionsWithoutStdio } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { findPostgresBinaries } from './postgres-binaries.js';

const startTimeoutMs = 60_000;

/** A real Postgres of one test file, on a free port of the loopback interface. */
export interface PostgresServer {
  readonly port: number;
  /** Makes an empty database and resolves with its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server as a crash would: every connection breaks. Data stays for `restart`. */
  crash(): Promise<void>;
  /** Starts again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const binaries = await findPostgresBinaries();
  const owner = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'inferway-postgres-'));
  if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid ?? owner.uid);
  const data = join(folder, 'data');
  await run(join(binaries, 'initdb'), initdbArguments(data), { ...owner, cwd: folder });
  const port = await freePort();
  const start = () =>
    launch(join(binaries, 'postgres'), postgresArguments(data, folder, port), { ...owner, cwd: folder });
  let server = await start();
  const url = (name: string) => `postgresql://postgres@127.0.0.1:${port}/${name}`;
  const crash = () => end(server, 'SIGQUIT');
  return {
    port,
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: url('postgres') });
      await client.connect();
      await client.query(`CREATE DATABASE "${name}"`).finally(() => client.end());
      return url(name);
    },
    crash,
    async restart() {
      server = await start();
    },
    async stop() {
      await crash();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const initdbArguments = (data: string) => [
  ...['-D', data, '-U', 'postgres', '-E', 'UTF8'],
  ...['--auth=trust', '--locale=C', '--no-sync'],
];

/** Durability is switched off for speed: no test cuts the power of the server itself. */
const postgresArguments = (data: string, sockets: string, port: number) => [
  ...['-D', data, '-k', sockets, '-h', '127.0.0.1', '-p', String(port)],
  ...[
    '-c',
    'fsync=off',
    '-c',
    'full_page_writes=off',
    '-c',
    'max_connections=60',
    '-c',
    'shared_buffers=32MB',
  ],
];

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
  await once(child, 'close', { signal: AbortSignal.timeout(startTimeoutMs) });
  if (child.exitCode !== 0) throw new Error(`${command} failed: ${errors.join('')}`);
}

/** Resolves when the server says that it takes connections. */
async function launch(
  command: string,
  args: string[],
  options: SpawnOptionsWithoutStdio,
): Promise<ChildProcess> {
  const child = spawn(command, args, options);
  process.once('exit', () => child.kill('SIGKILL'));
  const said: string[] = [];
  for await (const line of createInterface({
    input: child.stderr,
    signal: AbortSignal.timeout(startTimeoutMs),
  })) {
    said.push(line);
    if (line.includes('ready to accept connections')) {
      // Whatever it says later must not fill the pipe.
      child.stderr.resume();
      return child;
    }
  }
  throw new Error(`Postgres did not start: ${said.join('\n')}`);
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const closed = once(server, 'exit');
  server.kill(signal);
  await closed;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  probe.close();
  await once(probe, 'close');
  return address.port;
}
