import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const profile = (name: string): object =>
  z.looseObject({}).parse(parse(readFileSync(`helm/inferway/profiles/${name}.yaml`, 'utf8')));

export const plainSecrets = {
  databaseUrl: 'postgresql://user:pass-of-postgres@db:5432/inferway',
  redisUrl: 'rediss://user:pass-of-redis@queue:6379',
  sealKey: Buffer.alloc(32, 7).toString('base64'),
};

const scheduling = {
  priorityClassName: 'high',
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' }],
  affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  topologySpreadConstraints: [
    { maxSkew: 2, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
  ],
  podAnnotations: { 'example.org/a': 'b' },
  podLabels: { team: 'language' },
  extraEnv: [
    { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ssl/ca.pem' },
    { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  ],
};

/** Ways to install, each with every value that the others leave alone. */
export const matrix: [string, object][] = [
  ['the trial profile', profile('trial')],
  ['the production profile for CPUs', profile('production-cpu')],
  ['a Secret made by the chart', { secrets: plainSecrets }],
  [
    'a Secret made by the chart, and the owner’s login for the migration',
    {
      secrets: plainSecrets,
      migration: { databaseUrl: 'postgresql://owner:pass-of-owner@db:5432/inferway' },
    },
  ],
  ['no migration Job', { secrets: { existingSecret: 'mine' }, migration: { enabled: false } }],
  [
    'an ingress with TLS',
    {
      secrets: { existingSecret: 'mine' },
      ingress: {
        enabled: true,
        className: 'nginx',
        annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '16m' },
        hosts: ['api.example.org'],
        tls: [{ secretName: 'api-tls', hosts: ['api.example.org'] }],
      },
    },
  ],
  [
    'all there is to say of pods',
    {
      fullnameOverride: 'a-name-that-is-longer-than-what-kubernetes-lets-a-name-be-at-all',
      image: {
        repository: 'registry.example.org/inferway',
        digest: `sha256:${'a'.repeat(64)}`,
        pullPolicy: 'Always',
        pullSecrets: ['registry'],
      },
      secrets: {
        existingSecret: 'mine',
        keys: { databaseUrl: 'postgres', redisUrl: 'redis', sealKey: 'seal' },
      },
      serviceAccount: { name: 'theirs' },
      gateway: {
        ...scheduling,
        maxUnavailable: '50%',
        service: { type: 'LoadBalancer', port: 8080, annotations: { 'example.org/internal': 'true' } },
        settings: { MAX_BACKLOG_S: 5, REQUEST_TIMEOUT_MS: '2000', SHUTDOWN_TIMEOUT_MS: 600_000 },
      },
      poolDefaults: { ...scheduling, settings: { QUEUE_MAX_PAYLOAD_MB: 100_000 } },
      models: { existingClaim: 'models' },
      pools: [
        {
          name: 'longest-a-name',
          models: ['*'],
          engineHosts: 3,
          replicas: 4,
          startTimeoutSeconds: 60,
          resources: { requests: { cpu: '500m' }, limits: { cpu: '1500m', memory: '2500M' } },
        },
        { name: 'b', settings: { MAX_BATCH_ROWS: 8, ENGINE_MAX_RSS_MB: '500' } },
      ],
    },
  ],
];
