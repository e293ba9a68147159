import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { estimateView } from '#contracts';
import { AppError } from '#kernel';
import { PrismaPriceStore } from '#persistence';
import { pngBase64 } from './cases/index.js';
import { anEvent } from '../../libs/persistence/fixtures/tenant.js';
import { limitedKey, type TenantLimits } from '../../libs/testing/limited-key.js';
import { asTenant, embedSurfaces, graphqlReply, type Embedding } from './embed-surfaces.js';
import { describeLimitsOfJobs } from './limits-of-jobs.js';
import { startLocalGateway, type LocalGateway } from './local-gateway.js';
import { billedUnits, ImmediateQueue } from './immediate-queue.js';
import { usedBefore } from './local-ports.js';

const texts = (count: number, word = 'a') => Array.from({ length: count }, () => word);
/** So slow that nothing comes back during a test. */
const slow = { ratePerSecond: 0.001 };

describe('limits of a tenant', () => {
  let gateway: LocalGateway;
  beforeAll(async () => {
    gateway = await startLocalGateway();
  }, 30_000);
  afterAll(() => gateway.stop());

  const keyOf = (limits: TenantLimits) => limitedKey(gateway.database, limits);
  const as = (key: string) => asTenant(gateway, key);

  describe.each(embedSurfaces)('over $surface', ({ embed: embedOver }) => {
    const embed = (...asked: Embedding) => embedOver(gateway, ...asked);

    it('a request costs its items, and one too many is told to slow down: which limit, and when to come back', async () => {
      const key = await keyOf({ ratePerSecond: 0.1, burst: 10 });
      const first = await embed(key, texts(8));
      expect(first.problem).toBeUndefined();
      expect(first.headers).toMatchObject({
        'ratelimit-policy': '"rate";q=10;w=100;inferway-unit="items"',
        ratelimit: '"rate";r=2;t=10',
      });
      const { problem: found, headers } = await embed(key, texts(3));
      expect(found).toMatchObject({
        code: 'rate.limited',
        status: 429,
        retryable: true,
        limit: { name: 'rate', value: 0.1, unit: 'items/s' },
      });
      expect(found?.retryAfterS).toBeGreaterThan(9);
      expect(found?.retryAfterS).toBeLessThanOrEqual(10);
      expect(headers['ratelimit']).toBe('"rate";r=2;t=10');
      expect((await embed(key, texts(2))).problem).toBeUndefined();
    });

    it('more items than the plan can ever admit are a wrong request, not a reason to wait', async () => {
      const key = await keyOf({ ratePerSecond: 100, burst: 5, concurrency: 9, maxItems: 7 });
      const { problem: found } = await embed(key, texts(6));
      expect(found).toMatchObject({
        code: 'request.invalid',
        status: 422,
        limit: { name: 'items', value: 5, unit: 'items' },
      });
    });

    it('a quota that is used up refuses for good, by what was used before this server was started too', async () => {
      const key = await keyOf({ monthlyUnits: { embed: usedBefore + 10 } });
      const first = await embed(key, texts(1, 'seven..'));
      expect(first.problem).toBeUndefined();
      expect(first.headers['x-quota-warning']).toBe('quota.embed');
      const { problem: found, headers } = await embed(key, texts(1, 'four'));
      expect(found).toMatchObject({
        code: 'quota.exceeded',
        status: 402,
        retryable: false,
        limit: { name: 'quota.embed', value: usedBefore + 10, unit: 'characters' },
      });
      expect(found?.retryAfterS).toBeUndefined();
      expect(headers['retry-after']).toBeUndefined();
      expect(headers['ratelimit']).toMatch(/^"quota.embed";r=3;t=\d+$/);
      expect((await embed(key, texts(1, 'two'))).problem).toBeUndefined();
    });

    it('is settled to what was billed: an upper bound that was not used comes back', async () => {
      const key = await keyOf({ monthlyUnits: { embed: usedBefore + 100 } });
      expect((await embed(key, texts(1, 'x'.repeat(100)))).problem).toBeUndefined();
      expect((await embed(key, texts(1, 'x'.repeat(100 - billedUnits)))).problem).toBeUndefined();
      expect((await embed(key, texts(1, 'x'.repeat(100 - billedUnits)))).problem?.code).toBe(
        'quota.exceeded',
      );
    });

    it('bounds the items in work at one time, and frees them when they are answered', async () => {
      const key = await keyOf({ concurrency: 3 });
      const arrived = gateway.queue.arrived(gateway.queue.submitted.length + 1);
      const held = embed(key, texts(2, ImmediateQueue.holdWord));
      await arrived;
      const { problem: found, headers } = await embed(key, texts(2));
      expect(found).toMatchObject({ code: 'rate.limited', limit: { name: 'concurrency', value: 3 } });
      expect(headers['ratelimit']).toBe('"concurrency";r=1');
      gateway.queue.release();
      await held;
      expect((await embed(key, texts(3))).problem).toBeUndefined();
    });

    it('a replayed request costs nothing', async () => {
      const key = await keyOf({ ...slow, burst: 1, monthlyUnits: { embed: usedBefore + billedUnits } });
      const once = { 'idempotency-key': 'once' };
      expect((await embed(key, texts(1), once)).problem).toBeUndefined();
      expect((await embed(key, texts(1), once)).problem).toBeUndefined();
      expect((await embed(key, texts(1))).problem).toBeDefined();
    });

    it('what the queue did not take costs nothing, not even of the rate', async () => {
      const key = await keyOf({
        ...slow,
        burst: 1,
        concurrency: 1,
        monthlyUnits: { embed: usedBefore + 10 },
      });
      gateway.queue.refusal = new AppError('overloaded', { retryAfterS: 1 });
      expect((await embed(key, texts(1))).problem).toMatchObject({ code: 'overloaded', status: 503 });
      gateway.queue.refusal = undefined;
      expect((await embed(key, texts(1))).problem).toBeUndefined();
    });
  });

  it('a GraphQL document with 20 inferences costs 20', async () => {
    const key = await keyOf({ ...slow, burst: 50 });
    const fields = Array.from({ length: 20 }, (_, i) => `f${i}: embed(text: "a") { requestId }`);
    const reply = await as(key)
      .post('/graphql', { query: `{ ${fields.join(' ')} }` })
      .expect(200);
    expect(graphqlReply.parse(reply.body).errors).toBeUndefined();
    expect(reply.headers['ratelimit']).toMatch(/^"rate";r=30;/);
  });

  it('fields of a document that do not fit are refused one by one, the others answered', async () => {
    const key = await keyOf({ ...slow, burst: 3 });
    const fields = Array.from({ length: 5 }, (_, i) => `f${i}: embed(text: "a") { requestId }`);
    const reply = await as(key).post('/graphql', { query: `{ ${fields.join(' ')} }` });
    const codes = graphqlReply.parse(reply.body).errors?.map(({ extensions }) => extensions.code);
    expect(codes).toEqual(['rate.limited', 'rate.limited']);
  });

  it('stand on every answer of a limited tenant, and on no other', async () => {
    const key = await keyOf({ ...slow, burst: 4, monthlyUnits: { translate: 2 * usedBefore } });
    for (const path of ['/v1/models', '/v1/jobs', '/v1/jobs/none', '/v1/usage?from=x']) {
      const { headers } = await as(key).get(path);
      expect(headers['ratelimit-policy']).toContain('"rate";q=4;');
      expect(headers['ratelimit']).toMatch(
        new RegExp(`^"rate";r=4;t=1000, "quota.translate";r=${usedBefore};t=`),
      );
    }
    const unlimited = await as(gateway.target.key).post('/v1/embed', { text: 'a' });
    expect(unlimited.headers['ratelimit']).toBeUndefined();
    expect(unlimited.headers['ratelimit-policy']).toBeUndefined();
  });

  it('show what is left of them beside what every caller must keep to', async () => {
    const key = await keyOf({ ...slow, burst: 4, maxItems: 9, monthlyUnits: { embed: usedBefore + 1 } });
    const rest = await as(key).get('/v1/limits').expect(200);
    const query = '{ limits { name value unit remaining windowS resetS } }';
    const graphql = await as(key).post('/graphql', { query }).expect(200);
    for (const limits of [rest.body, graphql.body]) {
      const text = JSON.stringify(limits);
      expect(text).toContain('"name":"rate","value":4,"unit":"items"');
      expect(text).toMatch(/"quota.embed","value":3000000001,"unit":"characters",[^}]*"remaining":1,/);
      expect(text).toContain('"name":"items","value":4,"unit":"items"');
    }
  });

  it('can be asked about before a request is sent: what it costs, and why it would be refused', async () => {
    const key = await keyOf({ ...slow, burst: 4, monthlyUnits: { embed: usedBefore + 100 } });
    const prices = new PrismaPriceStore(gateway.database);
    const price = { id: 'prc_1', task: 'embed', model: null, priceMicros: 18_500_000, perUnits: 1_000_000 };
    await prices.add({ ...price, currency: 'EUR' }, anEvent());
    const ask = async (text: string[]) => {
      const reply = await as(key).post('/v1/estimate', { task: 'embed', input: { text } });
      return estimateView.loose().parse(reply.body);
    };
    for (let i = 0; i < 3; i++) {
      expect(await ask(['12345', '67890'])).toMatchObject({
        items: 2,
        usage: { unit: 'characters', amount: 10 },
        cost: { micros: 185, currency: 'EUR' },
        admitted: true,
        limits: [
          { name: 'rate', remaining: 4 },
          { name: 'quota.embed', remaining: 100 },
        ],
      });
    }
    expect(await ask(['x'.repeat(101)])).toMatchObject({
      admitted: false,
      refusal: { code: 'quota.exceeded', limit: { name: 'quota.embed', value: usedBefore + 100 } },
    });
    expect(await ask(texts(5))).toMatchObject({ admitted: false, refusal: { code: 'request.invalid' } });
    await as(key).post('/v1/embed', { text: texts(3) });
    const { refusal } = await ask(texts(2));
    expect(refusal).toMatchObject({ code: 'rate.limited', limit: { name: 'rate' } });
    expect(refusal?.retryAfterS).toBeGreaterThan(0);
  });

  it('a prepaid budget pays for requests until it is used up, and says so as money', async () => {
    const prices = new PrismaPriceStore(gateway.database);
    const price = { id: 'prc_2', task: 'classify-image', model: null, priceMicros: 1_000, perUnits: 1 };
    await prices.add({ ...price, currency: 'EUR' }, anEvent());
    const key = await keyOf({ budget: 2_500 });
    const classify = () => as(key).post('/v1/images/classify', { image: pngBase64 });
    const first = await classify().expect(200);
    expect(first.headers['ratelimit-policy']).toBe('"budget";q=2500;inferway-unit="micro-EUR"');
    expect(first.headers['ratelimit']).toBe('"budget";r=1500');
    await classify().expect(200);
    const refused = await classify().expect(402);
    expect(refused.body).toMatchObject({
      code: 'quota.exceeded',
      limit: { name: 'budget', value: 2_500, unit: 'micro-EUR' },
    });
    // What has no price is free of charge.
    await as(key).post('/v1/translate', { text: 'a', target: 'pt' }).expect(200);
  });

  describeLimitsOfJobs(() => gateway);
});
