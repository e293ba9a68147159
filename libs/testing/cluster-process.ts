import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from '#local-servers';
import { spawnDependent } from '#process';

const description = z.object({
  urls: z.array(z.string()),
  tenantId: z.string(),
  apiKey: z.string(),
  databaseUrl: z.string(),
  redisUrl: z.string(),
  processes: z.array(z.object({ role: z.string(), pid: z.number(), url: z.string().optional() })),
});
export type ClusterDescription = z.infer<typeof description>;

const readyLine = z.object({ msg: z.literal('ready'), url: z.string().optional() });

const startTimeoutMs = 120_000;
const pollMs = 100;
const logFile = 'output.log';
/** As a user's programs are run, with the same bounds on memory. */
const node = join('scripts', 'node');
/** A program of the build in the folder `build`. */
const programIn = (build: string, name: string) => join(build, 'dist', 'apps', name, 'src', 'main.js');

/** `inferway cluster` in a folder of its own, as a user starts it, on a Redis and a Postgres that the test can break. */
export class ClusterProcess {
  private readonly added: ChildProcess[] = [];
  private outside: string[] = [];
  /** What the processes that were added wrote, to either stream, so far. */
  output = '';

  private constructor(
    readonly home: string,
    private readonly given: { redis: RedisServer; postgres: PostgresServer } | undefined,
    private readonly child: ChildProcess,
  ) {}

  /**
   * @param size `ownServers`: the cluster starts Redis and Postgres itself, as it does for a user
   * @param settings of every program, beside what the cluster itself sets
   * @param build folder of the build whose programs are started
   */
  static async start(
    size: { gateways: number; workers: number; ownServers?: true },
    settings: Record<string, string> = {},
    build = '.',
  ): Promise<ClusterProcess> {
    const home = await mkdtemp(join(tmpdir(), 'inferway-cluster-'));
    const given = size.ownServers ? undefined : await startServers();
    const options = ['--gateways', String(size.gateways), '--workers', String(size.workers)];
    if (given !== undefined) options.push('--redis', given.redis.url);
    const database = given && { DATABASE_URL: await given.postgres.createDatabase('inferway') };
    const log = await open(join(home, logFile), 'a');
    const child = spawnDependent(node, [programIn(build, 'inferway'), 'cluster', ...options], 'SIGTERM', {
      env: {
        ...process.env,
        INFERWAY_HOME: home,
        PORT: '0',
        ...database,
        LOG_LEVEL: 'warn',
        NODE_OPTIONS: '',
        ...settings,
      },
      stdio: ['ignore', log.fd, 'inherit'],
    });
    await log.close();
    const cluster = new ClusterProcess(home, given, child);
    await cluster.until('the cluster is up', () => cluster.read() !== undefined, startTimeoutMs);
    // Root's Postgres has its data outside of the home.
    cluster.outside = cluster.pids('postgres').map((pid) => dirname(readlinkSync(`/proc/${pid}/cwd`)));
    return cluster;
  }

  get redis(): RedisServer {
    if (this.given === undefined) throw new Error('the cluster has a Redis of its own');
    return this.given.redis;
  }

  get postgres(): PostgresServer {
    if (this.given === undefined) throw new Error('the cluster has a Postgres of its own');
    return this.given.postgres;
  }

  /** As it is now: processes that were replaced have new ids. */
  get description(): ClusterDescription {
    const found = this.read();
    if (found === undefined) throw new Error('the cluster is not up');
    return found;
  }

  /** What the cluster and the programs that it started wrote to standard output so far. */
  log(): Promise<string> {
    return readFile(join(this.home, logFile), 'utf8');
  }

  pids(role: 'gateway' | 'worker' | 'redis' | 'postgres'): number[] {
    return this.description.processes.flatMap((each) => (each.role === role ? [each.pid] : []));
  }

  /** Ends processes and waits until the cluster has replaced all of them. */
  async replace(pids: readonly number[], signal: NodeJS.Signals): Promise<void> {
    for (const pid of pids) process.kill(pid, signal);
    const isGone = (pid: number) => !this.description.processes.some((each) => each.pid === pid);
    await this.until('they are replaced', () => pids.every(isGone), startTimeoutMs);
  }

  /** One more process beside those that the cluster keeps alive. @returns its address when it is ready */
  async add(role: 'gateway' | 'worker', settings: Record<string, string>): Promise<string> {
    const { databaseUrl, redisUrl } = this.description;
    const sealKey = readFileSync(join(this.home, 'seal.key')).toString('base64');
    const env = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, SEAL_KEY: sealKey, PORT: '0' };
    const child = spawn(node, [programIn('.', role)], {
      env: { ...process.env, NODE_OPTIONS: '', ...env, LOG_LEVEL: 'info', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.added.push(child);
    child.stderr.on('data', (chunk) => {
      this.output += String(chunk);
      process.stderr.write(String(chunk));
    });
    return new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.output += `${line}\n`;
        const said = readyLine.safeParse(JSON.parse(line));
        if (said.success) resolve(said.data.url ?? '');
      });
      child.once('exit', () => {
        reject(new Error(`the ${role} ended before it was ready`));
      });
    });
  }

  async until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
    const endsAt = performance.now() + timeoutMs;
    while (!(await condition())) {
      if (this.child.exitCode !== null) throw new Error('the cluster ended');
      if (performance.now() > endsAt) throw new Error(`never happened: ${what}`);
      await sleep(pollMs);
    }
  }

  /** As ctrl-C in its terminal does: every process of its group is told. @returns its exit code */
  async interrupt(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', resolve));
    process.kill(-(this.child.pid ?? 0), 'SIGINT');
    return ended;
  }

  async stop(): Promise<void> {
    for (const child of this.added) child.kill('SIGKILL');
    if (this.child.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      await ended;
    }
    await this.given?.redis.stop();
    await this.given?.postgres.stop();
    for (const folder of [this.home, ...this.outside]) await rm(folder, { recursive: true, force: true });
  }

  private read(): ClusterDescription | undefined {
    try {
      return description.parse(JSON.parse(readFileSync(join(this.home, 'cluster.json'), 'utf8')));
    } catch {
      return undefined;
    }
  }
}

async function startServers(): Promise<{ redis: RedisServer; postgres: PostgresServer }> {
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  return { redis, postgres };
}
