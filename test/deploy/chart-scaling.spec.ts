import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { named, parse, podOf, template, type Manifest } from './chart.js';
import { matrix } from './values.matrix.js';

const secrets = { existingSecret: 'mine' };
const keda = { prometheusAddress: 'http://prometheus:9090' };
const render = async (values: object) => parse(await template({ secrets, keda, ...values }));
const onCpus = (cpu: string) => ({ resources: { limits: { cpu, memory: '8Gi' } } });

const scaler = z.object({ spec: z.object({ scaleTargetRef: z.object({ name: z.string() }) }) });
const deployment = z.object({ spec: z.object({ replicas: z.int().optional() }) });
const triggers = (manifest: Manifest) =>
  z
    .object({
      triggers: z.array(
        z.object({ name: z.string(), metricType: z.string(), metadata: z.record(z.string(), z.string()) }),
      ),
    })
    .parse(manifest.spec)
    .triggers.map(({ name, metricType, metadata: { query, threshold } }) => ({
      name,
      metricType,
      query,
      threshold,
    }));

describe.each(matrix)('an installation with %s', (_name, values) => {
  it('leaves the number of pods to one scaler, or says it: never both, for each would undo the other', async () => {
    const manifests = parse(await template(values));
    const scaled = manifests
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject')
      .map((each) => scaler.parse(each).spec.scaleTargetRef.name);
    expect(new Set(scaled).size).toBe(scaled.length);
    for (const each of manifests.filter(({ kind }) => kind === 'Deployment')) {
      const { name } = each.metadata;
      const said = deployment.parse(each).spec.replicas !== undefined;
      expect([name, said]).toEqual([name, !scaled.includes(name)]);
    }
  });
});

describe('a pool that KEDA scales', () => {
  const pool = {
    name: 'text',
    models: ['translate-*'],
    ...onCpus('4'),
    autoscaling: { enabled: true, kind: 'keda', tasks: ['translate'], backlogSeconds: 1.5, busyPercent: 60 },
  };

  it('gets a pod more for so many seconds of backlog, and of busy engines, as its engines can bear', async () => {
    const [backlog, busy] = triggers(named(await render({ pools: [pool] }), 'ScaledObject', 'text'));
    expect(backlog).toMatchObject({ name: 'backlog', metricType: 'AverageValue', threshold: '6' });
    expect(backlog?.query).toBe(
      'sum(max by (task) (inferway_queue_backlog_seconds{namespace="default",app_kubernetes_io_instance="inferway",task=~"translate"}))',
    );
    expect(busy).toMatchObject({ name: 'busy', metricType: 'AverageValue', threshold: '2.4' });
    expect(busy?.query).toContain('inferway_pool="text"');
  });

  it('is asked about by the engines that it really starts', async () => {
    const threshold = async (more: object) => {
      const found = named(await render({ pools: [{ ...pool, ...more }] }), 'ScaledObject', 'text');
      return triggers(found)[0]?.threshold;
    };
    expect(await threshold({ engineHosts: 2 })).toBe('3');
    expect(await threshold({ gpu: { count: 1 } })).toBe('1.5');
  });

  it('may go to zero where another pool that stays serves the same models', async () => {
    const bulk = { ...pool, name: 'bulk', autoscaling: { ...pool.autoscaling, minReplicas: 0 } };
    const found = named(await render({ pools: [pool, bulk] }), 'ScaledObject', 'bulk');
    expect(found.spec).toMatchObject({ minReplicaCount: 0, fallback: { replicas: 1 } });
    await expect(render({ pools: [bulk] })).rejects.toThrow(/pool bulk: at zero pods nobody would serve/);
    const alsoBulk = { ...bulk, name: 'bulk2' };
    await expect(render({ pools: [bulk, alsoBulk] })).rejects.toThrow(/at zero pods nobody would serve/);
  });
});

const scaled = (more: object, pool: object = {}) => ({
  pools: [{ name: 'a', ...pool, autoscaling: { enabled: true, ...more } }],
});
const refused: [string, object, RegExp][] = [
  ['more pods at least than at most', scaled({ minReplicas: 5 }), /minReplicas is above maxReplicas/],
  ['zero pods by CPU', scaled({ minReplicas: 0 }), /only KEDA scales to zero/],
  ['GPUs by CPU', scaled({}, { gpu: { count: 1 } }), /CPU says nothing of a busy GPU/],
  ['some models and no task', scaled({}, { models: ['minilm-l6'] }), /autoscaling.tasks: name the tasks/],
  ['two GPUs for one engine', scaled({}, { gpu: { count: 2 } }), /gpu/],
  [
    'KEDA without Prometheus',
    { keda: { prometheusAddress: '' }, ...scaled({ kind: 'keda' }) },
    /keda.prometheusAddress is needed/,
  ],
];

describe('autoscaling', () => {
  it.each(refused)('refuses %s', async (_name, values, says) => {
    await expect(render(values)).rejects.toThrow(says);
  });

  it('by CPU adds the backlog where an adapter serves it', async () => {
    const values = scaled({ externalBacklog: true, tasks: ['translate', 'embed'] }, onCpus('2'));
    const { spec } = named(await render(values), 'HorizontalPodAutoscaler', 'a');
    expect(spec).toMatchObject({
      metrics: [
        { type: 'Resource' },
        {
          external: {
            metric: {
              name: 'inferway_queue_backlog_seconds',
              selector: {
                matchLabels: { app_kubernetes_io_instance: 'inferway' },
                matchExpressions: [{ key: 'task', operator: 'In', values: ['translate', 'embed'] }],
              },
            },
            target: { averageValue: '4000m' },
          },
        },
      ],
    });
  });
});

describe('a pool of GPUs', () => {
  it('asks for its GPU, bears the taint of such nodes, and runs one engine on CUDA with an image of its own', async () => {
    const image = { repository: 'registry.example.org/inferway-cuda', tag: '1' };
    const pools = [{ name: 'a', gpu: { count: 1, runtimeClassName: 'nvidia' }, image }];
    const pod = podOf(named(await render({ pools }), 'Deployment', 'a'));
    expect(pod).toMatchObject({
      runtimeClassName: 'nvidia',
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    });
    const [worker] = pod?.containers ?? [];
    expect(worker?.image).toBe('registry.example.org/inferway-cuda:1');
    expect(worker?.resources.limits['nvidia.com/gpu']).toBe('1');
    const env = Object.fromEntries((worker?.env ?? []).map(({ name, value }) => [name, value]));
    expect(env).toMatchObject({ ENGINE_DEVICE: 'cuda', ENGINE_HOSTS: '1' });
  });
});
