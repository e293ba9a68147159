import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { freePort, startPostgres, startRedis, type PostgresServer, type RedisServer } from '#local-servers';
import { GroupCommitUsageLog, openDatabase, type Database } from '#persistence';
import { modelsDirectory } from '#testing';
import { usageRow } from '../../libs/persistence/fixtures/usage-row.js';
import { parse, podOf, template, type Container, type Manifest, type PodSpec } from './chart.js';

const timeoutMs = 180_000;

/** What docs/deploy.md has an operator grant to the login of the programs. */
const rolesOfPrograms =
  'inferway_app, inferway_meter, inferway_directory, inferway_janitor, inferway_runner, inferway_biller';
const secretVolume = z.object({
  secret: z.object({
    secretName: z.string(),
    items: z.array(z.object({ key: z.string(), path: z.string() })),
  }),
});

/** A container, and where what its pod mounts of Secrets lies on this machine. */
type Mounted = Container & { secretsFolder: string };

/** No cluster runs these tests, so the commands and environments of the chart's containers run here as processes. */
describe('the containers of the trial profile', () => {
  let folder: string;
  let redis: RedisServer;
  let postgres: PostgresServer;
  let superuser: Database;
  let manifests: Manifest[];
  /** By the name of the Secret; the owner's login is in no other than that of the migration. */
  let secrets: Record<string, Record<string, string>>;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-pods-'));
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    manifests = parse(
      await template({
        secrets: { existingSecret: 'mine' },
        migration: { existingSecret: 'owner' },
        poolDefaults: { engineHosts: 1 },
        cronJobs: { rollup: { enabled: true }, verify: { enabled: true } },
      }),
    );
    const url = await postgres.createDatabase('inferway');
    superuser = await openDatabase({ url });
    await asSuperuser(`CREATE ROLE owner LOGIN CREATEROLE; CREATE ROLE programs LOGIN;
      ALTER DATABASE inferway OWNER TO owner`);
    const urlOf = (username: string) => Object.assign(new URL(url), { username }).href;
    secrets = {
      owner: { 'database-url': urlOf('owner') },
      mine: {
        'database-url': urlOf('programs'),
        'redis-url': `${redis.url}\n`,
        'seal-key': Buffer.alloc(32, 9).toString('base64'),
      },
    };
  }, timeoutMs);
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await superuser.close();
    await redis.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const asSuperuser = (sql: string) => superuser.transactSql((session) => session.script(sql));

  const containerOf = async (kind: string, name: string): Promise<Mounted> => {
    for (const each of manifests.filter((manifest) => manifest.kind === kind)) {
      const pod = podOf(each);
      const found = pod?.containers.find((container) => container.name === name);
      if (pod !== undefined && found !== undefined)
        return { ...found, secretsFolder: await mountSecrets(pod, join(folder, 'secrets', kind, name)) };
    }
    throw new Error(`no ${kind} has a container ${name}`);
  };

  /** The keys that the pod's volume asks for, of the Secret that it names, and nothing else. */
  async function mountSecrets({ volumes }: PodSpec, into: string): Promise<string> {
    await mkdir(into, { recursive: true });
    for (const volume of volumes.filter(({ name }) => name === 'secrets')) {
      const { secretName, items } = secretVolume.parse(volume).secret;
      for (const { key, path } of items) await writeFile(join(into, path), secretOf(secretName, key));
    }
    return into;
  }

  /** @throws where Kubernetes would not start the pod */
  function secretOf(name: string, key: string): string {
    const value = secrets[name]?.[key];
    if (value === undefined) throw new Error(`no Secret ${name} has a key ${key}`);
    return value;
  }

  /** Nothing but the container's environment, its mounts moved into folders of this machine. */
  function start(
    { command, env, secretsFolder }: Mounted,
    settings: Record<string, string>,
    args: string[] = [],
  ): ChildProcess {
    const here = (path: string) =>
      path
        .replace(/^\/tmp\b/, folder)
        .replace(/^\/run\/secrets\/inferway/, secretsFolder)
        .replace(/^\/models$/, modelsDirectory());
    const own = env.map(({ name, value = '' }): [string, string] => [name, here(value)]);
    const [, script = '', ...rest] = command;
    const child = spawn(process.execPath, [script, ...rest, ...args], {
      env: { ...Object.fromEntries(own), HOME: join(folder, 'none'), ...settings },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    running.push(child);
    return child;
  }

  async function exitCode(child: ChildProcess): Promise<unknown> {
    if (child.exitCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  it(
    'migrate, become ready by the probes that Kubernetes asks, pass `helm test`, keep and prove the books by the clock, live on without Redis, and end when they are told',
    async () => {
      expect(await exitCode(start(await containerOf('Job', 'migrate'), {}))).toBe(0);
      await asSuperuser(`GRANT ${rolesOfPrograms} TO programs`);

      const programs = await Promise.all(
        ['gateway', 'worker'].map(async (name) => {
          const container = await containerOf('Deployment', name);
          const port = await freePort();
          const child = start(container, { HOST: '127.0.0.1', PORT: String(port) });
          return { name, container, child, url: `http://127.0.0.1:${port}` };
        }),
      );
      for (const { container, child, url } of programs) {
        await untilReady(child, `${url}${container.startupProbe?.httpGet?.path ?? ''}`);
        expect((await fetch(`${url}${container.livenessProbe?.httpGet?.path ?? ''}`)).status).toBe(200);
      }

      const test = await containerOf('Pod', 'ready');
      const [gateway] = programs;
      expect(test.command.at(-1)).toBe('http://inferway-gateway:80');
      const asked = { ...test, command: [...test.command.slice(0, -1), gateway?.url ?? ''] };
      expect(await exitCode(start(asked, {}))).toBe(0);

      // The command line in the gateway's container, as NOTES.txt says.
      const main = {
        ...(await containerOf('Deployment', 'gateway')),
        command: ['node', 'dist/apps/inferway/src/main.js'],
      };
      expect(await exitCode(start(main, {}, ['tenants', 'create', 'acme']))).toBe(0);

      await new GroupCommitUsageLog(superuser).record([usageRow({ at: new Date() })]);
      const turn = async (name: string) => [
        name,
        await exitCode(start(await containerOf('CronJob', name), {})),
      ];
      for (const name of ['rollup', 'metering', 'audit']) expect(await turn(name)).toEqual([name, 0]);
      // Their login sees what there is: where rows are hidden nothing agrees with nothing.
      await asSuperuser(`DELETE FROM usage_rows;
        ALTER TABLE audit_log DISABLE TRIGGER USER; UPDATE audit_log SET actor = 'nobody'`);
      for (const name of ['metering', 'audit']) expect(await turn(name)).toEqual([name, 1]);

      // Nothing restarts for a Redis that is away, and probes say that it is.
      await redis.crash();
      for (const { container, url } of programs) {
        const away = '{"status":"ready","impairment":"The queue cannot be reached"}';
        await untilAnswered(`${url}${container.readinessProbe?.httpGet?.path ?? ''}`, `200 ${away}`);
        expect((await fetch(`${url}${container.livenessProbe?.httpGet?.path ?? ''}`)).status).toBe(200);
      }
      await redis.restart();
      for (const { container, url } of programs)
        await untilAnswered(
          `${url}${container.readinessProbe?.httpGet?.path ?? ''}`,
          '200 {"status":"ready"}',
        );

      for (const { name, child } of programs) {
        child.kill('SIGTERM');
        expect([name, await exitCode(child)]).toEqual([name, 0]);
      }
    },
    timeoutMs,
  );
});

async function untilAnswered(url: string, expected: string): Promise<void> {
  let answered = '';
  for (const endsAt = performance.now() + 30_000; performance.now() < endsAt;) {
    const response = await fetch(url);
    answered = `${response.status} ${await response.text()}`;
    if (answered === expected) return;
    await sleep(200);
  }
  expect([url, answered]).toEqual([url, expected]);
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const endsAt = performance.now() + 120_000;
  while (performance.now() < endsAt && child.exitCode === null) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(200);
  }
  throw new Error(`${url} never said that it is ready`);
}
