import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type Client } from 'graphql-ws';
import request from 'supertest';
import WebSocket from 'ws';
import { z } from 'zod';
import { keyRequest } from '#contracts';
import { systemOperator } from '#core';
import { authorization } from './api-target.js';
import { startLocalGateway } from './local-gateway.js';
import { ImmediateQueue } from './immediate-queue.js';

const update = z.object({
  data: z.object({
    jobUpdated: z.object({
      status: z.string(),
      version: z.number(),
      progress: z.object({ succeeded: z.number() }),
    }),
  }),
});
type Update = z.infer<typeof update>['data']['jobUpdated'];
const document = `subscription ($id: String!, $after: Int) {
  jobUpdated(id: $id, afterVersion: $after) { status version progress { succeeded } }
}`;
const submitted = z.object({
  data: z.object({ submitJob: z.object({ id: z.string(), status: z.string() }) }),
});

describe('jobs over GraphQL', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  const clients: Client[] = [];
  beforeAll(async () => {
    gateway = await startLocalGateway();
  }, 30_000);
  afterAll(async () => {
    for (const client of clients) await client.dispose();
    await gateway.stop();
  });

  const post = async (query: string, variables: object = {}, headers: Record<string, string> = {}) => {
    const client = request(gateway.target.url).post('/graphql');
    const reply = await client
      .set({ ...authorization(gateway.target, 'good'), ...headers })
      .send({ query, variables });
    return reply.body as unknown;
  };
  const submit = async (inputs: object[], headers: Record<string, string> = {}) => {
    const query =
      'mutation ($inputs: [JSON!]!) { submitJob(task: "embed", inputs: $inputs) { id status requestId } }';
    return submitted.parse(await post(query, { inputs }, headers)).data.submitJob.id;
  };
  const connect = (key: string | undefined = gateway.target.key) => {
    const client = createClient({
      url: `ws://127.0.0.1:${gateway.port}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: key === '' ? {} : { authorization: `Bearer ${key}` },
      retryAttempts: 0,
    });
    clients.push(client);
    return client;
  };
  const watch = (id: string, after?: number, client = connect()) =>
    client.iterate({ query: document, variables: { id, ...(after !== undefined && { after }) } });
  const all = async (results: AsyncIterable<unknown>): Promise<Update[]> => {
    const found: Update[] = [];
    for await (const result of results) found.push(update.parse(result).data.jobUpdated);
    return found;
  };
  /** A chunk of 32 that is answered and one that is held. */
  const heldInputs = [
    ...Array.from({ length: 32 }, () => ({ text: 'a' })),
    { text: ImmediateQueue.holdWord },
  ];

  it('submits, shows results page by page, and cancels', async () => {
    const id = await submit([{ text: 'a' }, { text: 'b' }]);
    await all(watch(id));
    const query = `query ($id: String!, $cursor: String) { job(id: $id) {
      id status progress { total succeeded failed } requestId
      results(limit: 1, cursor: $cursor) { results { index output model usage { amount } error { code } } nextCursor }
    } }`;
    const first = await post(query, { id });
    expect(first).toMatchObject({
      data: {
        job: {
          id,
          status: 'succeeded',
          progress: { total: 2, succeeded: 2, failed: 0 },
          results: { results: [{ index: 0, output: { embeddings: [[0.6, 0.8]] }, error: null }] },
        },
      },
    });
    const list = await post('{ jobs(limit: 1) { jobs { id } nextCursor } }');
    expect(list).toMatchObject({ data: { jobs: { jobs: [{ id }], nextCursor: expect.any(String) } } });
    const cancelled = await post('mutation ($id: String!) { cancelJob(id: $id) { status } }', { id });
    expect(cancelled).toMatchObject({ data: { cancelJob: { status: 'succeeded' } } });
  });

  it('refuses inputs by their path, as REST does, and takes them written into the document', async () => {
    const query = 'mutation { submitJob(task: "embed", inputs: [{ text: "a" }, { text: 5 }]) { id } }';
    expect(await post(query)).toMatchObject({
      errors: [{ extensions: { code: 'request.invalid', issues: [{ path: 'inputs[1].text' }] } }],
    });
    const good = 'mutation { submitJob(task: "embed", inputs: [{ text: "a" }]) { id status } }';
    expect(submitted.parse(await post(good)).data.submitJob.status).toBe('queued');
  });

  it('submits once under an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'graphql-job' };
    expect(await submit([{ text: 'a' }], headers)).toBe(await submit([{ text: 'a' }], headers));
  });

  it('gives each update with a higher version than the one before, and ends when the job has ended', async () => {
    const id = await submit(heldInputs);
    const updates = all(watch(id));
    await gateway.queue.arrived(1);
    const seen = watch(id);
    for await (const result of seen) {
      if (update.parse(result).data.jobUpdated.progress.succeeded === 32) break;
    }
    gateway.queue.release();
    const found = await updates;
    expect(found.at(-1)).toMatchObject({ status: 'succeeded', progress: { succeeded: 33 } });
    const versions = found.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it('gives a client that comes back what it missed at once, and nothing that it has seen', async () => {
    const id = await submit(heldInputs);
    let last: Update | undefined;
    for await (const result of watch(id)) {
      last = update.parse(result).data.jobUpdated;
      if (last.progress.succeeded === 32) break;
    }
    const version = last?.version ?? 0;
    expect(version).toBeGreaterThan(0);
    gateway.queue.release();
    await all(watch(id));
    const missed = await all(watch(id, version));
    expect(missed).toHaveLength(1);
    expect(missed[0]).toMatchObject({ status: 'succeeded', progress: { succeeded: 33 } });
    expect(await all(watch(id, missed[0]?.version))).toEqual([]);
  });

  it("knows no other tenant's job", async () => {
    const id = await submit([{ text: 'a' }]);
    for await (const result of watch(id, 0, connect(gateway.otherKey))) {
      expect(result).toMatchObject({ errors: [{ extensions: { code: 'resource.not_found', status: 404 } }] });
    }
    const theirs = await post(
      'query ($id: String!) { job(id: $id) { id } }',
      { id },
      {
        authorization: `Bearer ${gateway.otherKey}`,
      },
    );
    expect(theirs).toMatchObject({ errors: [{ extensions: { code: 'resource.not_found' } }] });
  });

  it.each([
    ['no key', ''],
    ['a revoked key', 'revoked'],
    ['nonsense', 'nonsense'],
  ])('closes a socket that shows %s with 4403', async (_, key) => {
    const shown = key === 'revoked' ? gateway.target.keys.revoked : key;
    const closed = new Promise<unknown>((resolve) => {
      const client = connect(shown);
      client.on('closed', resolve);
      client.subscribe(
        { query: document, variables: { id: 'job_1' } },
        {
          next: () => undefined,
          error: () => undefined,
          complete: () => undefined,
        },
      );
    });
    await expect(closed).resolves.toMatchObject({ code: 4403 });
  });

  it('closes a socket whose key was revoked since, and gives it no update more', async () => {
    const { keys } = gateway.administration;
    const wanted = keyRequest.parse({ tenantId: gateway.tenantId });
    const key = await keys.create(systemOperator, wanted);
    const updates = watch(await submit(heldInputs), 0, connect(key.text));
    const next = async () => update.parse((await updates.next()).value).data.jobUpdated;
    while ((await next()).progress.succeeded < 32);
    await keys.revoke(systemOperator, key.id);
    const limits = () => request(gateway.target.url).get('/v1/limits').auth(key.text, { type: 'bearer' });
    while ((await limits()).status !== 401) await new Promise((resolve) => setTimeout(resolve, 50));
    // The job ends, which is an update to whoever may still see it.
    gateway.queue.release();
    await expect(updates.next()).rejects.toMatchObject({ code: 4403, reason: 'auth.revoked_key' });
  });

  it('takes the key from the upgrade request as well', async () => {
    const id = await submit([{ text: 'a' }]);
    class Keyed extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { headers: authorization(gateway.target, 'good') });
      }
    }
    const client = createClient({ url: `ws://127.0.0.1:${gateway.port}/graphql`, webSocketImpl: Keyed });
    clients.push(client);
    expect((await all(watch(id, 0, client))).at(-1)).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    ['a query over the socket', '{ limits { name } }', 'graphql.invalid'],
    ['a mutation over the socket', 'mutation { cancelJob(id: "a") { id } }', 'graphql.invalid'],
    ['a document that does not parse', 'subscription {', 'graphql.invalid'],
    ['too many aliases', `subscription { jobUpdated(id: "a") { ${aliases(33)} } }`, 'graphql.too_complex'],
  ])('refuses %s', async (_, query, code) => {
    const refused = all(connect().iterate({ query }));
    await expect(refused).rejects.toMatchObject([{ extensions: { code } }]);
  });

  it('refuses a subscription over POST, and says where it is served', async () => {
    const reply = await post('subscription { jobUpdated(id: "a") { id } }');
    expect(reply).toMatchObject({
      errors: [
        { message: expect.stringContaining('graphql-transport-ws'), extensions: { code: 'graphql.invalid' } },
      ],
    });
  });

  it('bounds the subscriptions of a tenant, and frees what was ended', async () => {
    const id = await submit([{ text: ImmediateQueue.holdWord }]);
    const client = connect();
    const open = Array.from({ length: 100 }, () => watch(id, 0, client));
    await Promise.all(open.map((each) => each.next()));
    const [refused] = await Promise.all([watch(id, 0, client).next()]);
    expect(refused.value).toMatchObject({ errors: [{ extensions: { code: 'rate.limited' } }] });
    await client.dispose();
    gateway.queue.release();
    const gauge = async () => (await request(gateway.target.url).get('/metrics')).text;
    while (!(await gauge()).includes('inferway_subscriptions 0'))
      await new Promise((resolve) => setTimeout(resolve, 50));
  }, 20_000);

  it('leaves upgrades to other protocols and paths alone', async () => {
    const other = request(gateway.target.url).get('/health/live');
    await other.set({ connection: 'Upgrade', upgrade: 'h2c' }).expect(200);
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/other`);
    const status = new Promise((resolve) =>
      socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode)),
    );
    await expect(status).resolves.toBe(404);
  });
});

function aliases(count: number): string {
  return Array.from({ length: count }, (_, i) => `f${i}: id`).join(' ');
}
