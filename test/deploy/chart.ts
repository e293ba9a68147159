import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';

const run = promisify(execFile);
export const chart = 'helm/inferway';
/** Whose schemas hold; of the chart's `kubeVersion`. */
export const kubernetes = '1.37';
/** The oldest that the chart allows, one between, the newest. */
export const kubernetesVersions = ['1.27', '1.32', kubernetes];

/** Built-in stores are probed by a command. */
const httpGet = z.object({ path: z.string() }).optional();

const container = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
  resources: z.object({
    requests: z.record(z.string(), z.coerce.string()),
    limits: z.record(z.string(), z.coerce.string()),
  }),
  securityContext: z.record(z.string(), z.unknown()),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).default([]),
  livenessProbe: z.object({ httpGet }).optional(),
  readinessProbe: z.object({ httpGet }).optional(),
  startupProbe: z
    .object({
      httpGet,
      periodSeconds: z.number(),
      failureThreshold: z.number(),
    })
    .optional(),
});
export type Container = z.infer<typeof container>;

const podSpec = z.looseObject({
  containers: z.array(container),
  automountServiceAccountToken: z.boolean(),
  enableServiceLinks: z.boolean(),
  terminationGracePeriodSeconds: z.number().optional(),
  securityContext: z.record(z.string(), z.unknown()),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
  initContainers: z.array(container).default([]),
});
export type PodSpec = z.infer<typeof podSpec>;

const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.unknown().optional(),
});
export type Manifest = z.infer<typeof manifest>;

/** The Helm that scripts/install-helm.sh found; scripts/test.sh sets it. */
export function helm(...args: string[]): Promise<{ stdout: string }> {
  const command = process.env['TEST_HELM'];
  if (command === undefined) throw new Error('TEST_HELM is not set: run through scripts/test.sh');
  return run(command, args, { timeout: 60_000 });
}

const rendered = new Map<string, Promise<string>>();

/** What `helm template` makes of the chart and these values, as text; rendered once for all tests of a file. */
export function template(values: object): Promise<string> {
  const key = JSON.stringify(values);
  const text = rendered.get(key) ?? render(values);
  rendered.set(key, text);
  return text;
}

async function render(values: object): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'inferway-chart-'));
  try {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, stringify(values));
    const version = ['--kube-version', kubernetes];
    return (await helm('template', 'inferway', chart, ...version, '--values', file)).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function parse(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' })
    .map((document) => z.unknown().parse(document.toJS()))
    .filter((document) => document !== null)
    .map((document) => manifest.parse(document));
}

/** The one of a kind that belongs to a pool. */
export function named(manifests: readonly Manifest[], kind: string, pool: string): Manifest {
  const found = manifests.find(
    (each) => each.kind === kind && each.metadata.name === `inferway-worker-${pool}`,
  );
  if (found === undefined) throw new Error(`no ${kind} of pool ${pool}`);
  return found;
}

/** The pod that a manifest makes, if it makes one. */
export function podOf({ kind, spec }: Pick<Manifest, 'kind' | 'spec'>): PodSpec | undefined {
  if (kind === 'Pod') return podSpec.parse(spec);
  if (kind === 'CronJob') return podOf({ ...jobOf(spec), kind: 'Job' });
  if (!['Deployment', 'StatefulSet', 'Job'].includes(kind)) return undefined;
  return podSpec.parse(z.object({ template: z.object({ spec: z.unknown() }) }).parse(spec).template.spec);
}

/** What a CronJob makes at each turn. */
export function jobOf(spec: unknown): Pick<Manifest, 'spec'> {
  return z.object({ jobTemplate: z.object({ spec: z.unknown() }) }).parse(spec).jobTemplate;
}
