import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { jobOf, parse, template, type Manifest } from './chart.js';

const selector = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.literal('In'), values: z.array(z.string()) }))
    .default([]),
});
const peer = z.looseObject({ podSelector: selector.optional() });
const ports = z.array(z.object({ port: z.union([z.string(), z.int()]) }));
const policy = z.object({
  podSelector: selector,
  policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
  ingress: z.array(z.object({ ports, from: z.array(peer).optional() })).default([]),
  egress: z.array(z.object({ ports, to: z.array(peer).optional() })).default([]),
});
type Labels = Record<string, string>;

const labelsOf = ({ kind, metadata, spec }: Manifest): Labels =>
  kind === 'Pod'
    ? metadata.labels
    : z
        .object({ template: z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) }) })
        .parse(kind === 'CronJob' ? jobOf(spec).spec : spec).template.metadata.labels;

const selects = ({ matchLabels, matchExpressions }: z.infer<typeof selector>, labels: Labels) =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''));

describe('the network policies', () => {
  let policies: z.infer<typeof policy>[];
  let pods: Map<string, Labels>;
  beforeAll(async () => {
    const manifests = parse(
      await template({
        secrets: { existingSecret: 'mine' },
        pools: [{ name: 'text' }, { name: 'images' }],
        networkPolicy: {
          enabled: true,
          clients: [{ namespaceSelector: { matchLabels: { name: 'ingress' } } }],
          scrapers: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
          redis: { ports: [6380] },
          traces: { ports: [4318] },
          remoteModels: { ports: [8000] },
          payloads: { ports: [9000] },
        },
        payloads: { s3: { bucket: 'payloads' } },
        cronJobs: { rollup: { enabled: true }, verify: { enabled: true } },
      }),
    );
    policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => policy.parse(spec));
    pods = new Map(
      manifests
        .filter(({ kind }) => ['Deployment', 'Job', 'CronJob', 'Pod'].includes(kind))
        .map((each) => [each.metadata.name, labelsOf(each)]),
    );
  });

  const of = (pod: string, type: 'Ingress' | 'Egress') => {
    const labels = pods.get(pod);
    if (labels === undefined) throw new Error(`no pod ${pod}`);
    return policies.filter(
      ({ podSelector, policyTypes }) => policyTypes.includes(type) && selects(podSelector, labels),
    );
  };
  const portsOut = (pod: string) =>
    [
      ...new Set(
        of(pod, 'Egress').flatMap(({ egress }) =>
          egress.flatMap((rule) => rule.ports.map(({ port }) => port)),
        ),
      ),
    ].sort();

  it('deny every pod of the release what no other policy allows it, in both directions', () => {
    expect(pods.size).toBe(7);
    for (const pod of pods.keys())
      for (const type of ['Ingress', 'Egress'] as const) {
        const denies = of(pod, type).filter(
          ({ ingress, egress }) => ingress.length === 0 && egress.length === 0,
        );
        expect([pod, type, denies.length]).toEqual([pod, type, expect.any(Number)]);
        expect(denies.length).toBeGreaterThan(0);
      }
  });

  it('let each pod reach what its program talks to, and no more', () => {
    const stores = [5432, 6380, 9000];
    for (const job of ['migrate', 'rollup', 'verify'])
      expect(portsOut(`inferway-${job}`)).toEqual([53, 5432]);
    for (const pool of ['text', 'images'])
      expect(portsOut(`inferway-worker-${pool}`)).toEqual([4318, 53, 8000, ...stores].sort());
    expect(portsOut('inferway-gateway')).toEqual([4318, 443, 53, ...stores].sort());
    expect(portsOut('inferway-test-ready')).toEqual([53, 'http'].sort());
  });

  it('let clients, scrapers and `helm test` call a gateway, and scrapers alone a worker', () => {
    const callers = (pod: string) =>
      of(pod, 'Ingress').flatMap(({ ingress }) => ingress.flatMap(({ from }) => from));
    expect(callers('inferway-gateway')).toHaveLength(3);
    const test = pods.get('inferway-test-ready') ?? {};
    expect(
      callers('inferway-gateway').some(
        (each) => each?.podSelector !== undefined && selects(each.podSelector, test),
      ),
    ).toBe(true);
    expect(callers('inferway-worker-text')).toEqual([
      { namespaceSelector: { matchLabels: { name: 'monitoring' } } },
    ]);
    expect(callers('inferway-migrate')).toEqual([]);
  });

  it('let gateways call nobody where no port is named for webhooks', async () => {
    const networkPolicy = { enabled: true, webhooks: { ports: [] } };
    const gateway = parse(await template({ secrets: { existingSecret: 'mine' }, networkPolicy })).find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'inferway-gateway',
    );
    expect(policy.parse(gateway?.spec).egress).toEqual([]);
  });

  it('let webhooks go to the internet alone', () => {
    const webhooks = of('inferway-gateway', 'Egress')
      .flatMap(({ egress }) => egress)
      .find((rule) => rule.ports.some(({ port }) => port === 443));
    expect(webhooks?.to?.map((each) => each['ipBlock'])).toEqual([
      {
        cidr: '0.0.0.0/0',
        except: expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16']),
      },
      { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] },
    ]);
  });
});
