import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { named, parse, podOf, template, type Container, type Manifest } from './chart.js';

const render = async (values: object) =>
  parse(await template({ secrets: { existingSecret: 'mine' }, ...values }));
const cronJobs = { rollup: { enabled: true }, verify: { enabled: true } };
const limits = (cpu: string, memory: string) => ({ resources: { limits: { cpu, memory } } });

describe('what a pool’s containers may use', () => {
  const used = async (pool: object) => {
    const manifests = await render({ pools: [{ name: 'a', ...pool }] });
    return podOf(named(manifests, 'Deployment', 'a'))?.containers[0]?.resources;
  };

  it('is requested up to its limit, so that a smaller limit is never below a request', async () => {
    for (const each of [limits('1', '1200Mi'), limits('8', '7Gi')])
      expect(await used(each)).toEqual({ limits: each.resources.limits, requests: each.resources.limits });
  });

  it('may be changed in part, and requested below its limit', async () => {
    const resources = { limits: { memory: '3Gi' }, requests: { cpu: '500m' } };
    expect(await used({ resources })).toEqual({
      limits: { cpu: '2', memory: '3Gi' },
      requests: { cpu: '500m', memory: '3Gi' },
    });
  });
});

describe('a roll-out', () => {
  const rollOut = z.object({
    progressDeadlineSeconds: z.int(),
    strategy: z.object({ rollingUpdate: z.object({ maxSurge: z.int(), maxUnavailable: z.int() }) }),
  });
  const of = async (pool: object) =>
    rollOut.parse(named(await render({ pools: [{ name: 'a', ...pool }] }), 'Deployment', 'a').spec);

  it('is not called failed while models may still be loading', async () => {
    const { progressDeadlineSeconds } = await of({ startTimeoutSeconds: 3600 });
    expect(progressDeadlineSeconds).toBeGreaterThan(3600);
  });

  it('adds a pod first, or where every GPU has its pod, takes one away first', async () => {
    expect((await of({})).strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    const freeFirst = { maxSurge: 0, maxUnavailable: 1 };
    expect((await of({ rollingUpdate: freeFirst })).strategy.rollingUpdate).toEqual(freeFirst);
  });
});

describe('a constraint on where pods run', () => {
  const constraints = async (topologySpreadConstraints: object[]) =>
    podOf(named(await render({ pools: [{ name: 'a', topologySpreadConstraints }] }), 'Deployment', 'a'))?.[
      'topologySpreadConstraints'
    ];

  it('counts the pods of its pool where it does not say which: Kubernetes would count none', async () => {
    const zones = {
      maxSkew: 2,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'DoNotSchedule',
    };
    const matchLabels = {
      'app.kubernetes.io/name': 'inferway',
      'app.kubernetes.io/instance': 'inferway',
      'app.kubernetes.io/component': 'worker',
      'inferway/pool': 'a',
    };
    expect(await constraints([zones])).toEqual([
      { ...zones, labelSelector: { matchLabels }, matchLabelKeys: ['pod-template-hash'] },
    ]);
    const theirs = { ...zones, labelSelector: { matchLabels: { team: 'language' } } };
    expect(await constraints([theirs])).toEqual([theirs]);
  });

  it('on gateways holds for what else has their image, which would find no other node', async () => {
    const nodes = {
      nodeSelector: { 'kubernetes.io/arch': 'arm64' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    };
    const builtIn = { password: 'p'.repeat(16), postgres: { enabled: true }, redis: { enabled: true } };
    const pods = (await render({ gateway: nodes, builtIn, cronJobs })).flatMap(
      (each): [string, unknown][] => {
        const pod = podOf(each);
        return pod === undefined ? [] : [[each.metadata.name, pod]];
      },
    );
    const others = pods.filter(([name]) => name !== 'inferway-worker-all');
    expect(others).toHaveLength(7);
    for (const [name, pod] of others) expect([name, pod]).toMatchObject([name, nodes]);
  });
});

const containersOf = (manifests: Manifest[]): [string, Container, unknown][] =>
  manifests.flatMap((each) => {
    const pod = podOf(each);
    return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map(
      (container): [string, Container, unknown] => [container.name, container, pod?.volumes],
    );
  });

describe('authorities of one’s own', () => {
  it('are trusted by every program that calls another', async () => {
    const manifests = await render({
      trustedCertificates: { existingConfigMap: 'authorities', key: 'bundle.pem' },
      models: { pack: { url: 'https://models.example.org/p', sha256: 'c'.repeat(64) } },
      cronJobs,
    });
    const programs = containersOf(manifests).filter(([name]) => name !== 'ready');
    const names = ['audit', 'gateway', 'metering', 'migrate', 'models', 'rollup', 'worker'];
    expect(programs.map(([name]) => name).sort()).toEqual(names);
    for (const [, { env, volumeMounts }, volumes] of programs) {
      const file = env.find(({ name }) => name === 'NODE_EXTRA_CA_CERTS')?.value ?? '';
      const mount = volumeMounts.find(({ mountPath }) => file.startsWith(`${mountPath}/`));
      expect(volumes).toContainEqual({
        name: mount?.name,
        configMap: {
          name: 'authorities',
          items: [{ key: 'bundle.pem', path: file.slice(`${mount?.mountPath ?? ''}/`.length) }],
        },
      });
    }
  });
});

describe('commands by the clock', () => {
  const commands = async (values: object) =>
    containersOf(await render(values))
      .filter(([name]) => ['rollup', 'metering', 'audit'].includes(name))
      .map(([, { command, env }]) => ({ command: command.slice(2).join(' '), env }));

  it('are none where nobody asks for them: gateways keep the books', async () => {
    expect(await commands({})).toEqual([]);
  });

  it('fold usage, and prove books and log, of as many months as are asked for', async () => {
    const names = async (verify: object) =>
      (await commands({ cronJobs: { ...cronJobs, verify: { enabled: true, ...verify } } })).map(
        ({ command }) => command,
      );
    const log = 'audit verify';
    expect(await names({})).toEqual(['metering rollup', 'metering verify --last 2', log]);
    expect(await names({ months: 0 })).toEqual(['metering rollup', 'metering verify', log]);
  });

  it('bill as gateways do: by another currency or retention they would close and drop what those would not', async () => {
    const settings = { CURRENCY: 'CHF', USAGE_RETENTION_MONTHS: 13, MAX_BACKLOG_S: 5 };
    const extraEnv = [{ name: 'PGAPPNAME', value: 'inferway' }];
    const found = await commands({ gateway: { settings, extraEnv }, cronJobs });
    expect(found).toHaveLength(3);
    for (const { env } of found) {
      expect(env).toEqual(
        expect.arrayContaining([
          { name: 'CURRENCY', value: 'CHF' },
          { name: 'USAGE_RETENTION_MONTHS', value: '13' },
          ...extraEnv,
        ]),
      );
      expect(env.map(({ name }) => name)).not.toContain('MAX_BACKLOG_S');
    }
  });
});

describe('memory for videos', () => {
  it('is a tmpfs where the gateway looks for one, bounded', async () => {
    const found = containersOf(await render({ gateway: { videoMemory: '512Mi' } }));
    const [, gateway, volumes] = found.find(([name]) => name === 'gateway') ?? [];
    const mount = gateway?.volumeMounts.find(({ mountPath }) => mountPath === '/dev/shm');
    expect(volumes).toContainEqual({
      name: mount?.name,
      emptyDir: { medium: 'Memory', sizeLimit: '512Mi' },
    });
  });
});
