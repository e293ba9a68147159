import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getNamedType, isInputObjectType, isObjectType } from 'graphql';
import { createClient } from 'graphql-ws';
import request from 'supertest';
import WebSocket from 'ws';
import { z } from 'zod';
import { makeCatVideo } from '#testing';
import { buildGraphqlSchema, endpoints } from '#transport';
import { testBackends } from '../../libs/testing/postgres-backends.js';
import { describeBorrowedPlaces } from './borrowed-places.js';
import { pngBase64 } from './cases/index.js';
import { startLocalGateway } from './local-gateway.js';

/** What has an id of its own, by where it is served; an endpoint or field of another kind must be added here to pass. */
type Kind = 'job' | 'delivery' | 'profile' | 'video';
const kinds: readonly [RegExp, Kind][] = [
  [/^\/v1\/inspection-profiles\/|inspectionProfile$/i, 'profile'],
  [/^\/v1\/videos\/|^video$/, 'video'],
  [/^\/v1\/jobs\/|job/i, 'job'],
  [/^\/v1\/webhooks\/deliveries\//, 'delivery'],
];
const missing: Record<Kind, string> = {
  job: `job_${'0'.repeat(32)}`,
  delivery: `msg_${'0'.repeat(32)}`,
  profile: `insp_${'0'.repeat(32)}`,
  video: `job_${'0'.repeat(32)}`,
};
const ids = z.object({ id: z.string() });
const deliveries = z.object({ deliveries: z.array(ids) });

const ofTenants = endpoints.filter(({ path, tag }) => path.includes(':id') && tag !== 'admin');
const ofOperators = endpoints.filter(({ path, tag }) => path.includes(':id') && tag === 'admin');
const pathParts = endpoints.flatMap(({ path }) => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
const schema = buildGraphqlSchema();
const textArguments = Object.values(schema.getTypeMap())
  .flatMap((type) => {
    if (isInputObjectType(type)) return Object.values(type.getFields());
    return isObjectType(type) ? Object.values(type.getFields()).flatMap(({ args }) => [...args]) : [];
  })
  .filter(({ type }) => ['ID', 'String', 'JSON'].includes(getNamedType(type).name))
  .map(({ name }) => name);
/** Names of members, however deep. */
function namesIn(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(namesIn);
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([word, value]) => [
    ...(word === 'properties' ? Object.keys(z.record(z.string(), z.unknown()).parse(value)) : []),
    ...namesIn(value),
  ]);
}
const members = endpoints.flatMap(({ tag, query, body, task }) =>
  [query, body, task?.input].flatMap((shape) =>
    tag === 'admin' || shape === undefined
      ? []
      : namesIn(z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' })),
  ),
);
/** What names nothing of a tenant. A cursor is a place in whichever list its caller has (`borrowed-places.ts`). */
const freeParts = ['month', 'name', 'version'];
const freeTexts = [
  ...['text', 'source', 'target', 'question', 'context', 'input', 'inputs', 'labels', 'name', 'webhook'],
  ...['model', 'task', 'from', 'to', 'month', 'cursor'],
];
/** `id` is a request's own name in the Open Inference Protocol, `profile` is walked below. */
const freeMembers = `
  text source target question context input inputs image video webhook
  model task version id outputs parameters topK truncate name rules labels
  minScore maxDetections classAgnostic iouThreshold tile region x y width height
  masks maxRegions minAreaPercent minAreaPx mmPerPixel cutOut simplify annotate report
  measure above below unit severity verdict
  sampling framesPerSecond sceneThreshold frames durationS
  datatype shape data binary_data binary_data_output binary_data_size timeout
  state limit cursor bucket groupBy from to`.match(/\w+/g);
const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap(
  (type) =>
    Object.values(type?.getFields() ?? {}).flatMap((field) =>
      field.args.some(({ name }) => name === 'id')
        ? [{ operation: (type?.name ?? '').toLowerCase(), name: field.name }]
        : [],
    ),
);

/** A picture has none. */
const textOf = (text: unknown) => z.string().catch('').parse(text);

function kindOf(name: string): Kind {
  const kind = kinds.find(([pattern]) => pattern.test(name))?.[1];
  if (kind === undefined) throw new Error(`${name} takes an id that this walk does not know`);
  return kind;
}

describe.each(testBackends)("another tenant's ids, on $name", (backend) => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  let theirs: Record<Kind, string>;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'video-'));
    gateway = await startLocalGateway({ backend });
    const as = (verb: 'get' | 'post', path: string) => {
      const client = request(gateway.target.url);
      return client[verb](path).set('authorization', `Bearer ${gateway.key}`);
    };
    const submitted = await as('post', '/v1/jobs')
      .send({ task: 'embed', inputs: [{ text: 'a' }], webhook: 'http://127.0.0.1:1/hook' })
      .expect(202);
    const delivered = async () => {
      const reply = await as('get', '/v1/webhooks/deliveries').expect(200);
      return deliveries.parse(reply.body).deliveries[0]?.id;
    };
    let delivery: string | undefined;
    for (let i = 0; i < 200 && delivery === undefined; i++) {
      delivery = await delivered();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const profile = await as('post', '/v1/inspection-profiles')
      .send({ name: 'theirs', task: 'detect-objects' })
      .expect(201);
    const video = await as('post', '/v1/videos?framesPerSecond=0.1')
      .set('content-type', 'video/mp4')
      .send(Buffer.from(await makeCatVideo(join(folder, 'cat.mp4'))))
      .expect(202);
    theirs = {
      video: ids.parse(video.body).id,
      job: ids.parse(submitted.body).id,
      delivery: delivery ?? '',
      profile: ids.parse(profile.body).id,
    };
    expect(theirs.delivery).toMatch(/^msg_/);
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true });
  });

  /** Status, headers and body, without what names the request or tells the time. */
  const ask = async (key: string, method: string, path: string, body?: object) => {
    const verb = z.enum(['get', 'post', 'patch', 'delete']).parse(method.toLowerCase());
    const client = request(gateway.target.url);
    const asked = client[verb](path).set('authorization', `Bearer ${key}`);
    const reply = await (body === undefined ? asked : asked.send(body));
    const { 'x-request-id': requestId, date, 'server-timing': timing, ...headers } = reply.headers;
    return { status: reply.status, headers, text: textOf(reply.text).replaceAll(String(requestId), 'req') };
  };

  it('has something to walk, and every part of a path, member of a body (however deep) or query and text of GraphQL is walked or names nothing', () => {
    expect(new Set(pathParts)).toEqual(new Set(['id', ...freeParts]));
    expect(new Set(members)).toEqual(new Set(['profile', ...(freeMembers ?? [])]));
    expect(new Set(textArguments)).toEqual(new Set(['id', 'profile', ...freeTexts]));
    expect(textArguments.filter((name) => name === 'profile')).toHaveLength(1);
    expect(ofTenants.length).toBeGreaterThanOrEqual(4);
    expect(fields.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['job', 'cancelJob', 'jobUpdated', 'inspectionProfile']),
    );
  });

  it.each(ofTenants.map(({ method, path }) => [method, path] as const))(
    '%s %s answers as for a missing one',
    async (method, path) => {
      const kind = kindOf(path);
      // A change of nothing, where a body is asked for.
      const body = method === 'PATCH' ? {} : undefined;
      const other = await ask(gateway.otherKey, method, path.replace(':id', theirs[kind]), body);
      const none = await ask(gateway.otherKey, method, path.replace(':id', missing[kind]), body);
      expect(other).toEqual(none);
      expect(other.status).toBe(404);
      // The owner is answered: it is there.
      const own = await ask(gateway.key, method, path.replace(':id', theirs[kind]), body);
      expect(own.status).toBeLessThan(300);
    },
  );

  it('POST /v1/images/inspect answers as for a missing profile, over REST and GraphQL', async () => {
    const image = pngBase64;
    const query = 'query ($p: String!, $i: Upload!) { inspectImage(profile: $p, image: $i) { verdict } }';
    const answers = await Promise.all(
      [theirs.profile, missing.profile].map(async (profile) => [
        await ask(gateway.otherKey, 'POST', '/v1/images/inspect', { profile, image }),
        await ask(gateway.otherKey, 'POST', '/graphql', { query, variables: { p: profile, i: image } }),
      ]),
    );
    expect(answers[0]).toEqual(answers[1]);
    for (const { text } of answers[0] ?? []) expect(text).toContain('resource.not_found');
  });

  it.each(ofOperators.map(({ method, path }) => [method, path] as const))(
    '%s %s tells the key of a tenant nothing of what there is',
    async (method, path) => {
      const known = path.includes('/plans/') ? 'standard' : gateway.tenantId;
      const there = await ask(gateway.otherKey, method, path.replace(':id', known));
      expect(there).toEqual(await ask(gateway.otherKey, method, path.replace(':id', 'none')));
      expect(there.status).toBe(403);
    },
  );

  it.each(fields.filter(({ operation }) => operation !== 'subscription'))(
    '$operation $name answers as for a missing one',
    async ({ operation, name }) => {
      const kind = kindOf(name);
      const field = (key: string, id: string) =>
        ask(key, 'POST', '/graphql', { query: `${operation} { ${name}(id: "${id}") { id } }` });
      const other = await field(gateway.otherKey, theirs[kind]);
      expect(other).toEqual(await field(gateway.otherKey, missing[kind]));
      expect(other.text).toContain('resource.not_found');
      expect((await field(gateway.key, theirs[kind])).text).not.toContain('errors');
    },
  );

  it.each(fields.filter(({ operation }) => operation === 'subscription'))(
    'subscription $name answers as for a missing one',
    async ({ name }) => {
      const kind = kindOf(name);
      const first = async (key: string, id: string) => {
        const client = createClient({
          url: `ws://127.0.0.1:${gateway.port}/graphql`,
          webSocketImpl: WebSocket,
          connectionParams: { authorization: `Bearer ${key}` },
          retryAttempts: 0,
        });
        try {
          const updates = client.iterate({ query: `subscription { ${name}(id: "${id}") { id } }` });
          for await (const update of updates)
            return JSON.stringify(update).replaceAll(/req_[0-9a-f]+/g, 'req');
          return 'nothing';
        } finally {
          await client.dispose();
        }
      };
      const other = await first(gateway.otherKey, theirs[kind]);
      expect(other).toBe(await first(gateway.otherKey, missing[kind]));
      expect(other).toContain('resource.not_found');
      expect(await first(gateway.key, theirs[kind])).toContain(theirs[kind]);
    },
  );

  describeBorrowedPlaces(() => gateway);
});
