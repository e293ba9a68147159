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

export const builtInPassword = 'PasswordOfTheBuiltInStores1';

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
    { name: 'TZ', value: 'Europe/Berlin' },
    { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  ],
};

/** Ways to install, each with every value that the others leave alone. */
export const matrix: [string, object][] = [
  ['the trial profile', profile('trial')],
  ['the production profile for CPUs', profile('production-cpu')],
  ['the production profile for GPUs', profile('production-gpu')],
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
    'a route of the Gateway API, and policies for every direction',
    {
      secrets: { existingSecret: 'mine' },
      gatewayApi: {
        enabled: true,
        annotations: { 'example.org/a': 'b' },
        parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
        hosts: ['api.example.org'],
      },
      networkPolicy: {
        enabled: true,
        clients: [{ namespaceSelector: {} }],
        scrapers: [{ podSelector: {} }],
        database: { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }] },
        redis: { ports: [6379, 6380] },
        traces: { ports: [4318] },
        webhooks: { ports: [443, 8443], to: [{ ipBlock: { cidr: '10.9.0.0/16' } }] },
      },
    },
  ],
  [
    'monitors, alerts and dashboards',
    {
      secrets: { existingSecret: 'mine' },
      monitoring: {
        monitors: { enabled: true, interval: '1m', labels: { release: 'prometheus' } },
        rules: { enabled: true, labels: { role: 'alerts' }, runbooks: 'https://wiki.example.org/inferway/' },
        dashboards: { enabled: true, annotations: { folder: 'Inferway' } },
      },
    },
  ],
  [
    'stores of its own, and a pack of models that each pod fetches',
    {
      secrets: { sealKey: plainSecrets.sealKey },
      builtIn: {
        password: builtInPassword,
        storageClassName: 'fast',
        postgres: { enabled: true },
        redis: { enabled: true, storage: '1Gi' },
      },
      networkPolicy: { enabled: true, models: { ports: [443] } },
      models: {
        pack: { url: 'https://models.example.org/starter.pack', sha256: 'c'.repeat(64), sizeLimit: '2Gi' },
      },
    },
  ],
  [
    'commands by the clock',
    {
      secrets: { existingSecret: 'mine', keys: { databaseUrl: 'postgres' } },
      trustedCertificates: { existingConfigMap: 'authorities' },
      networkPolicy: { enabled: true },
      gateway: { settings: { CURRENCY: 'CHF', USAGE_RETENTION_MONTHS: 13 } },
      cronJobs: {
        rollup: { enabled: true, schedule: '@daily', activeDeadlineSeconds: 60 },
        verify: { enabled: true, schedule: '0 4 * * SUN', months: 0 },
        resources: { limits: { memory: '1Gi' } },
      },
    },
  ],
  [
    'a bucket for payloads',
    {
      secrets: { existingSecret: 'mine' },
      payloads: {
        s3: {
          bucket: 'payloads',
          endpoint: 'https://minio.storage:9000',
          region: 'eu-central-1',
          prefix: 'inferway/production/',
          pathStyle: false,
          existingSecret: 'storage',
          keys: { accessKeyId: 'user', secretAccessKey: 'password' },
        },
      },
      networkPolicy: { enabled: true, payloads: { ports: [9000] } },
    },
  ],
  [
    'every way to scale',
    {
      secrets: { existingSecret: 'mine' },
      keda: { prometheusAddress: 'https://prometheus:9090', triggerAuthentication: 'prometheus' },
      gateway: { autoscaling: { enabled: true } },
      pools: [
        { name: 'a', autoscaling: { enabled: true, externalBacklog: true, tasks: ['translate'] } },
        { name: 'b', autoscaling: { enabled: true, kind: 'keda', minReplicas: 0 } },
        {
          name: 'c',
          gpu: { count: 1, resourceName: 'amd.com/gpu' },
          image: { repository: 'gpu', digest: `sha256:${'b'.repeat(64)}` },
          settings: { ENGINE_DEVICE: 'cpu' },
          autoscaling: { enabled: true, kind: 'keda' },
        },
      ],
    },
  ],
  [
    'all there is to say of pods',
    {
      commonLabels: { 'cost-center': '42' },
      trustedCertificates: { existingConfigMap: 'authorities', key: 'bundle.pem' },
      fullnameOverride: 'a-name-that-is-longer-than-what-kubernetes-lets-a-name-be-at-all',
      image: {
        registry: 'registry.example.org/team',
        gateway: { repository: 'api', digest: `sha256:${'a'.repeat(64)}` },
        workerCpu: { repository: 'worker' },
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
        videoMemory: '512Mi',
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
          rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 },
          resources: { requests: { cpu: '500m' }, limits: { cpu: '1500m', memory: '2500M' } },
        },
        {
          name: 'b',
          settings: { MAX_BATCH_ROWS: 8, ENGINE_MAX_RSS_MB: '500', REMOTE_MODELS: '*=http://triton:8000' },
          remoteHeaders: { existingSecret: 'triton' },
        },
      ],
    },
  ],
];
