import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { named, parse, podOf, template, type Container, type Manifest } from './chart.js';

const render = async (values: object) =>
  parse(await template({ secrets: { existingSecret: 'mine' }, ...values }));
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
    const pods = (await render({ gateway: nodes, builtIn })).flatMap((each): [string, unknown][] => {
      const pod = podOf(each);
      return pod === undefined ? [] : [[each.metadata.name, pod]];
    });
    const others = pods.filter(([name]) => name !== 'inferway-worker-all');
    expect(others).toHaveLength(5);
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
    });
    const programs = containersOf(manifests).filter(([name]) => name !== 'ready');
    expect(programs.map(([name]) => name).sort()).toEqual(['gateway', 'migrate', 'models', 'worker']);
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
