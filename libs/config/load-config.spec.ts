import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConfigError,
  configurationDocs,
  cpuQuota,
  loadGatewayConfig,
  loadHubConfig,
  loadProxyConfig,
  loadServeConfig,
  loadWorkerConfig,
} from './index.js';
import { serveEnvironment } from './serve.config.js';

describe('loadServeConfig', () => {
  it('starts a server on 127.0.0.1:8080 when nothing is set', () => {
    const config = loadServeConfig({});
    expect(config.http).toEqual({
      host: '127.0.0.1',
      port: 8080,
      requestTimeoutMs: 15_000,
      replyTimeoutMs: 600_000,
      trustedProxies: [],
    });
    expect(config.home).toMatch(/\/\.inferway$/);
    expect(config.databaseUrl).toBeUndefined();
    expect(config.engines.hosts).toBeGreaterThanOrEqual(1);
  });

  it('reads what is set, and takes an empty variable for unset', () => {
    const config = loadServeConfig({
      PORT: '0',
      MAX_BACKLOG_S: '5',
      LOG_LEVEL: '',
      DATABASE_URL: 'postgresql://db/x',
    });
    expect(config).toMatchObject({
      http: { port: 0 },
      maxBacklogMs: 5_000,
      logLevel: 'info',
      databaseUrl: 'postgresql://db/x',
    });
  });

  it('tells every problem at once: mistyped names, wrong numbers, wrong URLs', () => {
    const load = () =>
      loadServeConfig({ INFERWAY_HOM: '/x', PORT: '80.5', ENGINE_HOSTS: '0', DATABASE_URL: 'mysql://x' });
    expect(load).toThrow(ConfigError);
    try {
      load();
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [];
      expect(problems.map((line) => line.split(':')[0])).toEqual([
        'INFERWAY_HOM',
        'PORT',
        'DATABASE_URL',
        'ENGINE_HOSTS',
      ]);
    }
  });
});

describe('TRUSTED_PROXIES', () => {
  it('are addresses and networks, IPv4 or IPv6', () => {
    const read = (text: string) => loadServeConfig({ TRUSTED_PROXIES: text }).http.trustedProxies;
    expect(read('10.0.0.0/8, 2001:db8::1,::1')).toEqual(['10.0.0.0/8', '2001:db8::1', '::1']);
    const wide = ['10.0.0.0/8', '10.0.0.0/8', '64.0.0.0/2', '::ffff:10.0.0.0/104', 'fc00::/7', '2400::/12'];
    expect(read(wide.join(','))).toEqual(wide);
    expect(() => read('10.0.0.0/8,proxy')).toThrow('must be addresses or CIDR networks');
  });

  it.each([
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8,0.0.0.0/00',
    '0.0.0.0/1,128.0.0.0/1',
    '128.0.0.0/1',
    '10.0.0.0/8,64.0.0.0/2,192.0.0.0/2',
    '::ffff:0:0/96',
    '::ffff:128.0.0.0/97',
    '::/1,8000::/1',
    '2000::/3',
    '3000::/5,2000::/5,3800::/5',
  ])('must not be half of all addresses, in however many parts: %s', (text) => {
    expect(() => loadServeConfig({ TRUSTED_PROXIES: text })).toThrow(
      /^TRUSTED_PROXIES: must not be half of all addresses/,
    );
  });
});

describe('the proxy of downloads', () => {
  it('has the names of other programs, in small letters first, and no others of ours are asked for', () => {
    const upper = { HTTPS_PROXY: 'http://large:3128', HTTP_PROXY: '', NO_PROXY: 'hub.internal' };
    expect(loadProxyConfig(upper)).toEqual({ HTTPS_PROXY: 'http://large:3128', NO_PROXY: 'hub.internal' });
    expect(loadProxyConfig({ ...upper, https_proxy: 'http://small:3128', no_proxy: '' })).toEqual({
      HTTPS_PROXY: 'http://small:3128',
      NO_PROXY: 'hub.internal',
    });
  });

  it.each(['proxy:3128', 'socks5://proxy:1080'])('is not %s', (HTTPS_PROXY) => {
    expect(() => loadProxyConfig({ HTTPS_PROXY })).toThrow(/^HTTPS_PROXY: must be an address such as http:/);
  });
});

describe('the programs of a cluster', () => {
  const sealKey = Buffer.alloc(32, 1).toString('base64');
  const env = { DATABASE_URL: 'postgresql://db/x', REDIS_URL: 'redis://queue:6379', SEAL_KEY: sealKey };

  it('take secrets from files, as they are mounted', () => {
    const folder = mkdtempSync(join(tmpdir(), 'inferway-secrets-'));
    try {
      const file = join(folder, 'redis-url');
      writeFileSync(file, 'rediss://secret@queue:6379\n');
      const { REDIS_URL: _unset, ...rest } = env;
      expect(loadGatewayConfig({ ...rest, REDIS_URL_FILE: file }).cluster.redisUrl).toBe(
        'rediss://secret@queue:6379',
      );
      expect(() => loadGatewayConfig({ ...env, REDIS_URL_FILE: file })).toThrow('REDIS_URL_FILE too');
      expect(() => loadGatewayConfig({ ...rest, REDIS_URL_FILE: join(folder, 'none') })).toThrow(
        /^REDIS_URL_FILE: cannot be read/,
      );
      writeFileSync(file, '\n');
      expect(() => loadGatewayConfig({ ...rest, REDIS_URL_FILE: file })).toThrow(
        `REDIS_URL_FILE: ${file} is empty`,
      );
      // Of a setting that may be left out, too: it would be as if nobody had asked for it.
      expect(() => loadHubConfig({ HF_TOKEN_FILE: file })).toThrow(`HF_TOKEN_FILE: ${file} is empty`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('take credentials that were lent for a time from files too, and tokens of the hub', () => {
    const folder = mkdtempSync(join(tmpdir(), 'inferway-secrets-'));
    try {
      const file = join(folder, 'token');
      writeFileSync(file, 'lent\n');
      const bucket = { PAYLOAD_S3_BUCKET: 'abc', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
      const { payloadBucket } = loadWorkerConfig({ ...env, ...bucket, AWS_SESSION_TOKEN_FILE: file }).cluster;
      expect(payloadBucket?.credentials).toMatchObject({ sessionToken: 'lent' });
      expect(loadHubConfig({ HF_TOKEN_FILE: file }).token).toBe('lent');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('name every missing setting at once, and a key of the wrong length', () => {
    expect(() => loadWorkerConfig({ SEAL_KEY: 'c2hvcnQ=' })).toThrow(
      /^DATABASE_URL: [^]*REDIS_URL: [^]*SEAL_KEY: must be 32 bytes in base64$/,
    );
  });

  it.each([
    [{ PAYLOAD_S3_ENDPOINT: 'http://minio:9000' }, 'PAYLOAD_S3_ENDPOINT: needs PAYLOAD_S3_BUCKET'],
    [{ PAYLOAD_S3_PATH_STYLE: 'true' }, 'PAYLOAD_S3_PATH_STYLE: needs PAYLOAD_S3_BUCKET'],
    [{ PAYLOAD_S3_BUCKET: 'abc', AWS_ACCESS_KEY_ID: 'a' }, 'AWS_ACCESS_KEY_ID: needs AWS_SECRET_ACCESS_KEY'],
    [
      { PAYLOAD_S3_BUCKET: 'abc', AWS_SECRET_ACCESS_KEY: 'b' },
      'AWS_SECRET_ACCESS_KEY: needs AWS_ACCESS_KEY_ID',
    ],
  ])('refuse a bucket that is half named: %j', (half, problem) => {
    expect(() => loadGatewayConfig({ ...env, ...half })).toThrow(problem);
    expect(() => loadWorkerConfig({ ...env, ...half })).toThrow(problem);
  });

  it('leave credentials alone that are there for others', () => {
    expect(loadGatewayConfig({ ...env, AWS_ACCESS_KEY_ID: 'a' }).cluster.payloadBucket).toBeUndefined();
  });

  it('serve the models that WORKER_MODELS names, all by default', () => {
    expect(loadWorkerConfig(env).modelPatterns).toEqual(['*']);
    expect(loadWorkerConfig({ ...env, WORKER_MODELS: 'translate-*,minilm-l6' }).modelPatterns).toEqual([
      'translate-*',
      'minilm-l6',
    ]);
  });
});

describe('REMOTE_MODELS', () => {
  const read = (text: string) => loadServeConfig({ REMOTE_MODELS: text }).engines.remote.models;

  it('names servers, or single models of a server by another name and version', () => {
    expect(
      read('qa-*=https://host/prefix/, minilm-l6=http://triton:8000/v2/models/sentences/versions/3'),
    ).toEqual([
      { pattern: 'qa-*', server: 'https://host/prefix' },
      { pattern: 'minilm-l6', server: 'http://triton:8000', path: '/v2/models/sentences/versions/3' },
    ]);
    expect(loadServeConfig({}).engines.remote).toEqual({ models: [], connections: 2, headers: [] });
  });

  it.each([
    ['minilm-l6', 'must be NAME=URL'],
    ['minilm-l6=triton:8000', 'with an http:// or https:// URL'],
    ['minilm-l6=http://user:secret@triton', 'no user'],
    ['qa-*=http://triton/v2/models/reader', 'a pattern cannot stand for one model'],
  ])('%s is refused', (text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });
});

describe('REMOTE_HEADERS', () => {
  const read = (text: string) => loadServeConfig({ REMOTE_HEADERS: text }).engines.remote.headers;

  it('names a server and a header of it a line', () => {
    const lines = ['# ours', 'http://triton:8000/ Authorization: Bearer abc', '', 'https://b X-Api-Key:d e'];
    expect(read(lines.join('\n'))).toEqual([
      { server: 'http://triton:8000', name: 'authorization', value: 'Bearer abc' },
      { server: 'https://b', name: 'x-api-key', value: 'd e' },
    ]);
  });

  it('is refused by its line, which is not shown: it holds a secret', () => {
    const refusal = () => read('http://triton Host: hidden\nBearer hidden\nhttp://b A: hid\u0007den');
    expect(refusal).toThrow(/line 1 sets Host[^]*line 2 must be URL NAME: VALUE[^]*line 3 must be/);
    expect(refusal).not.toThrow(/hidden/);
  });
});

describe('cpuQuota', () => {
  const machine = (files: Record<string, string>) => cpuQuota((path) => files[path] ?? '');

  it('obeys a cgroup quota smaller than the machine, in either cgroup version', () => {
    expect(machine({ '/sys/fs/cgroup/cpu.max': '50000 100000' })).toBe(0.5);
    const v1 = '/sys/fs/cgroup/cpu/cpu.cfs';
    expect(machine({ [`${v1}_quota_us`]: '25000', [`${v1}_period_us`]: '100000' })).toBe(0.25);
  });

  it('obeys the smallest quota of its cgroup and of those around it, as a unit of systemd has one', () => {
    const v2 = {
      '/proc/self/cgroup': '0::/system.slice/inferway.service\n',
      '/sys/fs/cgroup/system.slice/inferway.service/cpu.max': '75000 100000',
    };
    expect(machine(v2)).toBe(0.75);
    expect(machine({ ...v2, '/sys/fs/cgroup/system.slice/cpu.max': '25000 100000' })).toBe(0.25);
    const v1 = '/sys/fs/cgroup/cpu/batch/cpu.cfs';
    const files = { [`${v1}_quota_us`]: '50000', [`${v1}_period_us`]: '100000' };
    expect(machine({ '/proc/self/cgroup': '3:cpuset:/\n2:cpu,cpuacct:/batch\n0::/\n', ...files })).toBe(0.5);
    expect(machine({ '/proc/self/cgroup': '2:cpuacct,cpu:/batch\n0::/\n', ...files })).toBe(0.5);
  });

  it('is the number of cores when there is no quota', () => {
    expect(machine({ '/sys/fs/cgroup/cpu.max': 'max 100000' })).toBe(machine({}));
    expect(machine({})).toBeGreaterThanOrEqual(1);
  });
});

describe('configurationDocs', () => {
  it('has a row with a description for every variable', () => {
    const docs = configurationDocs();
    for (const name of Object.keys(serveEnvironment.shape)) {
      expect(docs).toMatch(new RegExp(`\\| \`${name}\` \\| [^|]+ \\| [A-Z][^|]+ \\|`));
    }
  });
});
