import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { chartReadme } from '../../scripts/chart-readme.js';
import { valuesSchema } from '../../scripts/values-schema.js';
import { helm, chart, parse, podOf, template, type Manifest } from './chart.js';
import { plainSecrets } from './values.matrix.js';

const secrets = { existingSecret: 'mine' };
const limits = (cpu: string, memory: string) => ({ resources: { limits: { cpu, memory } } });

const wrong: [string, object, RegExp][] = [
  ['a value that does not exist', { secrets, gatway: {} }, /gatway/],
  [
    'a setting that the gateway does not have',
    { secrets, gateway: { settings: { ENGINE_HOSTS: 2 } } },
    /ENGINE_HOSTS/,
  ],
  ['the image `latest`', { secrets, image: { tag: 'latest' } }, /image\.tag: name a version/],
  [
    'the image `latest` of a pool',
    { secrets, pools: [{ name: 'a', image: { repository: 'mine', tag: 'latest' } }] },
    /pool a: image\.tag: name a version/,
  ],
  [
    'no address of Postgres',
    { secrets: { ...plainSecrets, databaseUrl: '' } },
    /secrets\.databaseUrl is needed/,
  ],
  ['no address of Redis', { secrets: { ...plainSecrets, redisUrl: '' } }, /secrets\.redisUrl is needed/],
  ['no key', { secrets: { ...plainSecrets, sealKey: '' } }, /secrets\.sealKey is needed/],
  [
    'a secret as a plain value',
    { secrets, gateway: { extraEnv: [{ name: 'SEAL_KEY', value: plainSecrets.sealKey }] } },
    /gateway: extraEnv: SEAL_KEY/,
  ],
  [
    'credentials of the bucket as a plain value',
    { secrets, poolDefaults: { extraEnv: [{ name: 'AWS_SECRET_ACCESS_KEY', value: 'x' }] } },
    /poolDefaults: extraEnv: AWS_SECRET_ACCESS_KEY/,
  ],
  [
    'credentials of remote servers as a plain value of one pool',
    { secrets, pools: [{ name: 'a', extraEnv: [{ name: 'REMOTE_HEADERS', value: 'x' }] }] },
    /pool a: extraEnv: REMOTE_HEADERS/,
  ],
  [
    'an address of the bucket with a password in it',
    { secrets, payloads: { s3: { bucket: 'payloads', endpoint: 'https://user:pass@minio:9000' } } },
    /endpoint/,
  ],
  ['no pool', { secrets, pools: [] }, /pools/],
  [
    'a time that is none',
    { secrets, cronJobs: { verify: { schedule: '3:20' } } },
    /verify\.schedule|verify\/schedule/,
  ],
  ['two pools of one name', { secrets, pools: [{ name: 'a' }, { name: 'a' }] }, /there are two called a/],
  ['a pool without models', { secrets, pools: [{ name: 'a', models: [] }] }, /models/],
  [
    'engines that do not fit into the memory',
    { secrets, pools: [{ name: 'a', ...limits('8', '4Gi') }] },
    /pool a: 8 engines of 700 MB and the worker need 6000 MB, and the memory limit is 4294 MB/,
  ],
  [
    'more engines than the memory holds',
    { secrets, pools: [{ name: 'a', engineHosts: 4, ...limits('2', '2Gi') }] },
    /pool a: 4 engines/,
  ],
  [
    'a built-in store without a password',
    { secrets: { sealKey: plainSecrets.sealKey }, builtIn: { postgres: { enabled: true } } },
    /builtIn\.password is needed|secrets\.redisUrl is needed/,
  ],
  ['a pack of models without its hash', { secrets, models: { pack: { url: 'https://m/p' } } }, /sha256/],
  [
    'models from two places',
    { secrets, models: { existingClaim: 'a', pack: { url: 'https://m/p', sha256: 'c'.repeat(64) } } },
    /either existingClaim or pack/,
  ],
  ['an ingress without a name', { secrets, ingress: { enabled: true } }, /ingress\.hosts/],
  [
    'a pool that could never replace a pod',
    { secrets, pools: [{ name: 'a', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }] },
    /pool a: rollingUpdate/,
  ],
  [
    'policies that keep a pack of models out',
    {
      secrets,
      networkPolicy: { enabled: true },
      models: { pack: { url: 'https://m/p', sha256: 'c'.repeat(64) } },
    },
    /networkPolicy\.models\.ports/,
  ],
  [
    'policies that keep monitors out',
    { secrets, networkPolicy: { enabled: true }, monitoring: { monitors: { enabled: true } } },
    /networkPolicy\.scrapers/,
  ],
  [
    'policies that keep workers from their remote models',
    {
      secrets,
      networkPolicy: { enabled: true },
      pools: [{ name: 'a', settings: { REMOTE_MODELS: '*=http://triton:8000' } }],
    },
    /networkPolicy\.remoteModels\.ports/,
  ],
];

const wrongSecrets: [string, string, object, RegExp][] = [
  [
    'a key of the wrong length',
    'c2hvcnQ=',
    { secrets: { ...plainSecrets, sealKey: 'c2hvcnQ=' } },
    /secrets\.sealKey must be 32 bytes/,
  ],
  [
    'another kind of database',
    'pass-of-mysql',
    { secrets: { ...plainSecrets, databaseUrl: 'mysql://user:pass-of-mysql@db' } },
    /secrets\.databaseUrl must begin with postgresql:/,
  ],
  [
    'another kind of queue',
    'pass-of-amqp',
    { secrets: { ...plainSecrets, redisUrl: 'amqp://user:pass-of-amqp@queue' } },
    /secrets\.redisUrl must begin with redis:/,
  ],
  [
    'another kind of database for the owner',
    'pass-of-owner',
    { secrets, migration: { databaseUrl: 'mysql://user:pass-of-owner@db' } },
    /migration\.databaseUrl must begin with postgresql:/,
  ],
  [
    'a built-in store with a password that an address cannot hold',
    'p@ss/word-of-the-stores',
    { secrets, builtIn: { password: 'p@ss/word-of-the-stores', redis: { enabled: true } } },
    /builtIn\.password must be/,
  ],
];

describe('the values of the chart', () => {
  it.each(wrong)('refuse %s, and say where', async (_name, values, says) => {
    await expect(template(values)).rejects.toThrow(says);
  });

  it.each(wrongSecrets)('refuse %s without printing it', async (_name, secret, values, says) => {
    const refusal: unknown = await template(values).catch((error: unknown) => error);
    expect(String(refusal)).toMatch(says);
    expect(String(refusal)).not.toContain(secret);
  });

  it('of values.yaml are those of the schema, each of them and no other', () => {
    const schema = z
      .object({
        properties: z.record(
          z.string(),
          z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() }),
        ),
      })
      .parse(JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8')));
    const values = z
      .record(z.string(), z.unknown())
      .parse(parseYaml(readFileSync(`${chart}/values.yaml`, 'utf8')));
    const names = Object.keys(schema.properties).filter((name) => name !== 'global');
    expect(Object.keys(values).sort()).toEqual(names.sort());
    for (const [name, { properties }] of Object.entries(schema.properties))
      if (properties !== undefined)
        expect([name, ...Object.keys(z.looseObject({}).parse(values[name])).sort()]).toEqual([
          name,
          ...Object.keys(properties).sort(),
        ]);
  });

  it('know the settings of the programs: `npm run docs:chart` has nothing to change', () => {
    expect(readFileSync(`${chart}/values.schema.json`, 'utf8')).toBe(valuesSchema());
  });

  it('are listed in the README, each with its default: `npm run docs:chart` has nothing to change', () => {
    expect(readFileSync(`${chart}/README.md`, 'utf8')).toBe(chartReadme());
  });

  it('pass `helm lint --strict`', async () => {
    await expect(
      helm('lint', '--strict', chart, '--values', `${chart}/profiles/trial.yaml`),
    ).resolves.toBeDefined();
  });

  it('name the version of the product', () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    expect(parseYaml(readFileSync(`${chart}/Chart.yaml`, 'utf8'))).toMatchObject({ appVersion: version });
  });
});

describe('a pool', () => {
  const env = async (values: object, deployment: string) => {
    const found = parse(await template({ secrets, ...values })).find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `inferway-worker-${deployment}`,
    );
    const [worker] = (found === undefined ? undefined : podOf(found))?.containers ?? [];
    return Object.fromEntries((worker?.env ?? []).map(({ name, value }) => [name, value]));
  };

  it('serves the models it names, and starts as many engines as it is told, or as its CPU limit says', async () => {
    const pools = [
      { name: 'text', models: ['translate-*', 'minilm-l6'], engineHosts: 1 },
      { name: 'rest', settings: { LOG_LEVEL: 'debug' } },
    ];
    expect(await env({ pools }, 'text')).toMatchObject({
      WORKER_MODELS: 'translate-*,minilm-l6',
      ENGINE_HOSTS: '1',
      LOG_LEVEL: 'info',
    });
    const rest = await env({ pools }, 'rest');
    expect(rest).toMatchObject({ WORKER_MODELS: '*', LOG_LEVEL: 'debug', ENGINE_MAX_RSS_MB: '700' });
    expect(rest).not.toHaveProperty('ENGINE_HOSTS'); // the program reads the quota, which is the limit
  });

  it('writes numbers as the programs read them, however large', async () => {
    const settings = { SHUTDOWN_TIMEOUT_MS: 600_000, ENGINE_MAX_RSS_MB: 1_000_000 };
    const resources = { limits: { cpu: '1', memory: '1100G' } };
    const found = await env({ pools: [{ name: 'a', settings, resources }] }, 'a');
    expect(found).toMatchObject({ SHUTDOWN_TIMEOUT_MS: '600000', ENGINE_MAX_RSS_MB: '1000000' });
  });
});

describe('the migration', () => {
  const hooks = async (values: object): Promise<Manifest[]> =>
    parse(await template(values)).filter(({ metadata }) =>
      metadata.annotations['helm.sh/hook']?.includes('pre-install'),
    );
  const secretOf = (manifests: Manifest[]) =>
    JSON.stringify(manifests.find(({ kind }) => kind === 'Job')).match(/"secretName":"([^"]+)"/)?.[1];

  it('comes before all else, with a Secret that is there before it', async () => {
    const made = await hooks({ secrets: plainSecrets });
    expect(made.map(({ kind }) => kind).sort()).toEqual(['Job', 'Secret']);
    const [job, secret] = ['Job', 'Secret'].map((kind) => made.find((each) => each.kind === kind)?.metadata);
    expect(Number(secret?.annotations['helm.sh/hook-weight'])).toBeLessThan(
      Number(job?.annotations['helm.sh/hook-weight']),
    );
    expect(secretOf(made)).toBe(secret?.name);
    expect(JSON.stringify(made.find(({ kind }) => kind === 'Secret'))).not.toContain('pass-of-redis');
  });

  it('leaves nothing behind that `helm uninstall` would not find, once it is done', async () => {
    for (const { metadata } of await hooks({ secrets: plainSecrets }))
      expect(metadata.annotations['helm.sh/hook-delete-policy']).toContain('hook-succeeded');
  });

  it('uses the login that owns the tables where there is one, else the login of the programs', async () => {
    expect(secretOf(await hooks({ secrets }))).toBe('mine');
    expect(secretOf(await hooks({ secrets, migration: { existingSecret: 'owner' } }))).toBe('owner');
    const databaseUrl = 'postgresql://owner:pass-of-owner@db/inferway';
    for (const programs of [plainSecrets, secrets]) {
      const both = await hooks({ secrets: programs, migration: { databaseUrl } });
      expect(JSON.stringify(both.find(({ kind }) => kind === 'Secret'))).toContain(databaseUrl);
    }
  });
});
