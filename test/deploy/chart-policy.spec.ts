import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse, podOf, template, type Container, type Manifest, type PodSpec } from './chart.js';
import { builtInPassword, matrix, plainSecrets } from './values.matrix.js';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const secretSettings = [
  'DATABASE_URL',
  'REDIS_URL',
  'SEAL_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
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
      const inImage = script.startsWith('dist/')
        ? '/app/dist dist'
        : `/app/${script} ${script.split('/')[0] ?? ''}/`;
      expect(dockerfile).toContain(`COPY --from=build ${inImage}`);
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
