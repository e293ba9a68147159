import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { readStages } from '../setup/dockerfile.js';

const run = promisify(execFile);
const file = 'docker-compose.yml';
const text = readFileSync(file, 'utf8');
const stages = readStages().map(({ name }) => name);

const service = z.looseObject({
  image: z.string(),
  build: z.object({ context: z.literal('.'), target: z.string() }).optional(),
  user: z.string().optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({ disable: z.boolean().optional() }),
  cap_drop: z.array(z.string()),
  networks: z.array(z.string()),
  ports: z.array(z.string()).default([]),
});
const { services, networks } = z
  .object({ services: z.record(z.string(), service), networks: z.record(z.string(), z.looseObject({})) })
  .parse(parse(text, { merge: true }));
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('inferway-'));

/** No Docker engine runs these tests: what can be held without one is held here. */
describe('docker-compose.yml', () => {
  it('is what the schema of Compose allows', async () => {
    const env = { ...process.env, PYTHONPATH: process.env['TEST_DEPLOY_PYTHONPATH'] };
    const check = (schema: string) =>
      run('python3', ['-m', 'check_jsonschema', '--builtin-schema', schema, file], { env, timeout: 60_000 });
    await expect(check('vendor.compose-spec')).resolves.toBeDefined();
    await expect(check('vendor.dependabot')).rejects.toThrow();
  }, 60_000);

  it('starts the programs after a migration, and after a Redis that is ready', () => {
    for (const name of ['gateway', 'worker'])
      expect(services[name]?.depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        redis: { condition: 'service_healthy' },
      });
    expect(services['migrate']?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(services['worker']).toMatchObject({ deploy: { replicas: 2 } });
  });

  it('runs programs that are there, in the version of the product, with no right to write or to become root', () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    expect(ours.map(([name]) => name).sort()).toEqual(['gateway', 'migrate', 'worker']);
    const built = new Set(ours.flatMap(([, { image, build }]) => (build === undefined ? [] : [image])));
    for (const [name, { image, build, entrypoint, ...rest }] of ours) {
      const target = name === 'worker' ? 'worker-cpu' : 'gateway';
      expect(image).toBe(`inferway-${target}:${version}`);
      expect(built).toContain(image);
      if (build !== undefined) expect(build.target).toBe(target);
      expect(stages).toContain(target);
      // What the image does not start by itself.
      if (entrypoint !== undefined) expect(() => readFileSync(entrypoint[1] ?? '')).not.toThrow();
      expect(rest).toMatchObject({ read_only: true, tmpfs: ['/tmp'] });
    }
    for (const [name, { cap_drop, image, user, ...rest }] of Object.entries(services)) {
      expect([name, cap_drop, rest['security_opt']]).toEqual([name, ['ALL'], ['no-new-privileges:true']]);
      expect(image).toMatch(/:\d/);
      // Ours say so in the Dockerfile.
      if (!image.startsWith('inferway-')) expect(user).toBe(name);
    }
  });

  it('asks each service whether it is well, but the one that ends', () => {
    const silent = Object.entries(services).flatMap(([name, { healthcheck }]) =>
      healthcheck.disable === true ? [name] : [],
    );
    expect(silent).toEqual(['migrate']);
  });

  it('has a Redis that loses nothing, and that only these services reach', () => {
    const command = services['redis']?.command?.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(networks['inside']).toEqual({ internal: true });
    for (const name of ['redis', 'postgres', 'worker'])
      expect(services[name]).toMatchObject({ networks: ['inside'], ports: [] });
    expect(services['gateway']?.ports).toEqual([expect.stringContaining('127.0.0.1:8080')]);
  });

  it('does not start without the two secrets, and holds none itself', () => {
    const named = [...text.matchAll(/\$\{(SEAL_KEY|POSTGRES_PASSWORD)(:\?[^}]+)?\}/g)];
    const required = new Set(named.flatMap(([, name, words]) => (words === undefined ? [] : [name])));
    expect(required).toEqual(new Set(['SEAL_KEY', 'POSTGRES_PASSWORD']));
    for (const [, { environment }] of ours)
      for (const [name, value] of Object.entries(environment))
        if (/KEY|PASSWORD|DATABASE_URL/.test(name)) expect(value).toContain('${');
    for (const list of ['.gitignore', '.dockerignore'])
      expect(readFileSync(list, 'utf8').split('\n')).toContain('.env');
  });
});
