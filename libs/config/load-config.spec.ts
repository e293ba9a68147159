import { describe, expect, it } from '@jest/globals';
import { ConfigError, configurationDocs, cpuQuota, loadConfig } from './index.js';
import { serveEnvironment } from './serve.config.js';

describe('loadConfig', () => {
  it('starts a server on 127.0.0.1:8080 when nothing is set', () => {
    const config = loadConfig({});
    expect(config.http).toEqual({ host: '127.0.0.1', port: 8080, requestTimeoutMs: 15_000 });
    expect(config.home).toMatch(/\/\.inferway$/);
    expect(config.databaseUrl).toBeUndefined();
    expect(config.engineHosts).toBeGreaterThanOrEqual(1);
  });

  it('reads what is set, and takes an empty variable for unset', () => {
    const config = loadConfig({
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
      loadConfig({ INFERWAY_HOM: '/x', PORT: '80.5', ENGINE_HOSTS: '0', DATABASE_URL: 'mysql://x' });
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

describe('cpuQuota', () => {
  const machine = (files: Record<string, string>) => cpuQuota((path) => files[path] ?? '');

  it('obeys a cgroup quota smaller than the machine, in either cgroup version', () => {
    expect(machine({ '/sys/fs/cgroup/cpu.max': '50000 100000' })).toBe(0.5);
    const v1 = '/sys/fs/cgroup/cpu/cpu.cfs';
    expect(machine({ [`${v1}_quota_us`]: '25000', [`${v1}_period_us`]: '100000' })).toBe(0.25);
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
