import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { freePort } from '#local-servers';
import { parse, podOf, template, type Manifest } from './chart.js';
import { builtInPassword, plainSecrets } from './values.matrix.js';

const values = {
  secrets: { sealKey: plainSecrets.sealKey },
  builtIn: { password: builtInPassword, postgres: { enabled: true }, redis: { enabled: true } },
};

describe('the built-in stores', () => {
  let manifests: Manifest[];
  let folder: string;
  beforeAll(async () => {
    manifests = parse(await template(values));
    folder = await mkdtemp(join(tmpdir(), 'inferway-store-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const find = (kind: string, name: string) => {
    const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
    if (found === undefined) throw new Error(`no ${kind} ${name}`);
    return found;
  };

  it('are at the addresses that the programs are given, behind the password', () => {
    const { stringData } = z
      .object({ stringData: z.record(z.string(), z.string()) })
      .parse(find('Secret', 'inferway'));
    const stores: [string, string][] = [
      ['database-url', 'inferway-postgres'],
      ['redis-url', 'inferway-redis'],
    ];
    for (const [key, service] of stores) {
      const url = new URL(stringData[key] ?? '');
      expect([url.hostname, url.password]).toEqual([service, builtInPassword]);
      expect(find('Service', service).spec).toMatchObject({ ports: [{ port: Number(url.port) }] });
    }
    expect(stringData['built-in-password']).toBe(builtInPassword);
  });

  it('are not migrated before they are there: on an install the first pod does it', () => {
    expect(find('Job', 'inferway-migrate').metadata.annotations['helm.sh/hook']).toBe('pre-upgrade');
  });

  it('have a Redis that asks for the password, keeps what it has, and never evicts', async () => {
    const [redis] = podOf(find('StatefulSet', 'inferway-redis'))?.containers ?? [];
    if (redis === undefined) throw new Error('no container');
    await writeFile(join(folder, 'password'), builtInPassword);
    const [shell = '', flag = '', script = ''] = redis.command;
    const port = await freePort();
    // Its mounts are folders of this machine, and the port is a free one.
    const here = script
      .replaceAll('/run/secrets/inferway/', `${folder}/`)
      .replace('--dir /data', `--dir ${folder} --bind 127.0.0.1 --port ${port}`);
    const child: ChildProcess = spawn(shell, [flag, here], { stdio: ['ignore', 'ignore', 'inherit'] });
    const client = new Redis({ port, password: builtInPassword, maxRetriesPerRequest: 100 });
    client.on('error', () => undefined); // refused until the server listens
    try {
      expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
      expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
      // 512Mi is its limit: full, it refuses writes and is not killed.
      expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', String(375 * 1024 ** 2)]);
      const stranger = new Redis({ port, enableReadyCheck: false, retryStrategy: null });
      stranger.on('error', () => undefined);
      await expect(stranger.ping()).rejects.toThrow(/NOAUTH/);
      stranger.disconnect();
      // `exec` has put Redis in the shell's place: the signal that ends a pod reaches it.
      child.kill('SIGTERM');
      await once(child, 'exit');
      expect(child.exitCode).toBe(0);
    } finally {
      client.disconnect();
      child.kill('SIGKILL');
    }
  }, 60_000);
});
