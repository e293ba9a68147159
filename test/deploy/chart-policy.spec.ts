import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { parse, podOf, template, type Container, type Manifest, type PodSpec } from './chart.js';
import { readStages } from '../setup/dockerfile.js';
import { builtInPassword, matrix, plainSecrets } from './values.matrix.js';

/** What every image has in /app. */
const inImage = readStages()
  .flatMap(({ name, instructions }) => (name === 'runtime' ? instructions : []))
  .flatMap(({ name, words }) => (name === 'COPY' ? words.slice(0, -1) : []));
const secretSettings = [
  'DATABASE_URL',
  'REDIS_URL',
  'SEAL_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'REMOTE_HEADERS',
  'HF_TOKEN',
];

describe.each(matrix)('the pods of an installation with %s', (_name, values) => {
  let manifests: Manifest[];
  let pods: [string, PodSpec][];
  let containers: [string, Container][];
  beforeAll(async () => {
    manifests = parse(await template(values));
    pods = manifests.flatMap((each): [string, PodSpec][] => {
      const pod = podOf(each);
      return pod === undefined ? [] : [[`${each.kind}/${each.metadata.name}`, pod]];
    });
    containers = pods.flatMap(([name, pod]) =>
      [...pod.initContainers, ...pod.containers].map((each): [string, Container] => [
        `${name}/${each.name}`,
        each,
      ]),
    );
    expect(containers.length).toBeGreaterThanOrEqual(3);
  });

  it('fulfil the restricted Pod Security Standard and write to /tmp alone', () => {
    for (const [, { securityContext, volumes }] of pods) {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: expect.any(Number),
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(securityContext['runAsUser']).toBeGreaterThan(0);
      for (const volume of volumes) expect(Object.keys(volume)).not.toContain('hostPath');
    }
    for (const [, { securityContext }] of containers)
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
  });

  it('hold no token of the Kubernetes API, and no INFERWAY_ variables of Kubernetes, which programs refuse', () => {
    for (const [name, pod] of pods)
      expect([name, pod]).toMatchObject([
        name,
        { automountServiceAccountToken: false, enableServiceLinks: false },
      ]);
  });

  it('have CPU and memory limits and a fixed version of the image', () => {
    for (const [name, { resources, image }] of containers) {
      expect([name, Object.keys(resources.limits)]).toEqual([
        name,
        expect.arrayContaining(['cpu', 'memory']),
      ]);
      expect(image).toMatch(/(:\d[^:/]*|@sha256:[0-9a-f]{64})$/);
    }
  });

  it('get secrets as files, never as values, and nowhere else in the manifests', () => {
    for (const [, { env }] of containers)
      expect(env.map(({ name }) => name).filter((name) => secretSettings.includes(name))).toEqual([]);
    const others = JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'));
    for (const secret of ['pass-of-', plainSecrets.sealKey, builtInPassword])
      expect(others).not.toContain(secret);
  });

  it('are started, alive and ready by the right questions, and have time to finish', () => {
    const programs = containers.filter(([, { name }]) => name === 'gateway' || name === 'worker');
    expect(programs.length).toBeGreaterThanOrEqual(2);
    for (const [, program] of programs) {
      expect(program.livenessProbe?.httpGet?.path).toBe('/health/live');
      expect(program.readinessProbe?.httpGet?.path).toBe('/health/ready');
      expect(program.startupProbe?.httpGet?.path).toBe('/health/ready');
      const { periodSeconds = 0, failureThreshold = 0 } = program.startupProbe ?? {};
      expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(60);
    }
    for (const [, { terminationGracePeriodSeconds, containers: all }] of pods) {
      const timeoutMs = all
        .flatMap(({ env }) => env)
        .find(({ name }) => name === 'SHUTDOWN_TIMEOUT_MS')?.value;
      if (timeoutMs !== undefined)
        expect(terminationGracePeriodSeconds).toBeGreaterThan((2 * Number(timeoutMs)) / 1000 + 5);
    }
  });

  it('run programs that the image has', () => {
    const builtIn = ['postgres', 'redis'];
    for (const [, { command }] of containers.filter(([, { name }]) => !builtIn.includes(name))) {
      const [node, script = ''] = command;
      expect(node).toBe('node');
      expect(inImage).toContain(script.startsWith('dist/') ? '/app/dist' : script);
      expect(() => readFileSync(script)).not.toThrow();
    }
  });

  it('survive the drain of a node: each Deployment has a budget', () => {
    const names = (kind: string) =>
      manifests.flatMap((each) => (each.kind === kind ? [each.metadata.name] : []));
    expect(names('PodDisruptionBudget').sort()).toEqual(names('Deployment').sort());
    for (const name of manifests.map(({ metadata }) => metadata.name)) expect(name.length).toBeLessThan(64);
  });
});

describe('the images of an installation', () => {
  const digest = `sha256:${'d'.repeat(64)}`;
  const imagesOf = async (values: object) =>
    Object.fromEntries(
      parse(await template({ secrets: { existingSecret: 'mine' }, ...values })).flatMap((each) => {
        const pod = podOf(each);
        const all = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
        return all.map(({ name, image }) => [`${each.metadata.name}/${name}`, image]);
      }),
    );

  it('are targets of the Dockerfile, in the version of the chart', async () => {
    const pools = [{ name: 'a' }, { name: 'b', gpu: { count: 1 } }];
    const images = await imagesOf({ pools });
    const { appVersion } = z
      .object({ appVersion: z.string() })
      .parse(parseYaml(readFileSync('helm/inferway/Chart.yaml', 'utf8')));
    const of = (target: string) => `inferway-${target}:${appVersion}`;
    expect(images).toEqual({
      'inferway-migrate/migrate': of('gateway'),
      'inferway-test-ready/ready': of('gateway'),
      'inferway-gateway/gateway': of('gateway'),
      'inferway-worker-a/worker': of('worker-cpu'),
      'inferway-worker-b/worker': of('worker-cuda'),
    });
    for (const target of ['gateway', 'worker-cpu', 'worker-cuda'])
      expect(readStages().map(({ name }) => name)).toContain(target);
  });

  it('come from the registry that is named, but for those of pools that name their own', async () => {
    const pools = [{ name: 'a' }, { name: 'b', image: { repository: 'there/mine', tag: '3' } }];
    const pack = { url: 'https://models.example.org/starter.pack', sha256: 'c'.repeat(64) };
    const image = { registry: 'example.org/team', tag: '2', gateway: { repository: 'api', digest } };
    const gateway = `example.org/team/api@${digest}`;
    const worker = 'example.org/team/inferway-worker-cpu:2';
    expect(await imagesOf({ image, pools, models: { pack } })).toEqual({
      'inferway-migrate/migrate': gateway,
      'inferway-test-ready/ready': gateway,
      'inferway-gateway/gateway': gateway,
      'inferway-worker-a/models': worker,
      'inferway-worker-a/worker': worker,
      'inferway-worker-b/models': 'there/mine:3',
      'inferway-worker-b/worker': 'there/mine:3',
    });
  });
});
