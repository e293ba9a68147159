import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { headerLengthField, isErrorCode } from '#kernel';
import { tasks } from '#tasks';
import { limitedKey } from '../../libs/testing/limited-key.js';
import { pngBase64 } from './cases/index.js';
import { embed, refusedTensors, texts } from './cases/tensors.cases.js';
import { keyText } from './api-target.js';
import { startLocalGateway } from './local-gateway.js';

const answered = z.object({
  model_name: z.string(),
  model_version: z.string().optional(),
  id: z.string().optional(),
  parameters: z.object({ request_id: z.string(), model: z.string(), usage_amount: z.number() }),
  outputs: z.array(
    z.object({ name: z.string(), shape: z.array(z.number()), data: z.array(z.unknown()).optional() }),
  ),
});
const refused = z.object({ error: z.string(), code: z.string(), requestId: z.string() });

const json = JSON.stringify(embed('a'));

describe('/v2', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  beforeAll(async () => {
    gateway = await startLocalGateway();
  }, 30_000);
  afterAll(() => gateway.stop());

  const send = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${gateway.target.url}/v2/models/${path}/infer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, ...headers },
      body,
    });
  const infer = async (path: string, body: object, headers?: Record<string, string>) => {
    const response = await send(path, JSON.stringify(body), headers);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    const reply = answered.parse(await response.json());
    const tensors = Object.fromEntries(reply.outputs.map(({ name, shape, data }) => [name, { shape, data }]));
    return { ...reply, tensors };
  };
  /** Status and code of a refusal, which is an error of the protocol and a problem at once. */
  const refusalOf = async (response: Response) => {
    const { error, code } = refused.parse(await response.json());
    expect(isErrorCode(code) && error.startsWith(`${code}: `)).toBe(true);
    return `${response.status} ${error}`;
  };
  const refusal = async (path: string, body: object, headers?: Record<string, string>) =>
    refusalOf(await send(path, JSON.stringify(body), headers));
  const get = (path: string, key = gateway.key) =>
    fetch(`${gateway.target.url}/v2${path}`, { headers: { authorization: `Bearer ${key}` } });

  it('shows every task, and every model by its revision, with tensors that follow from the contract', async () => {
    for (const { id } of tasks) expect((await get(`/models/${id}`)).status).toBe(200);
    const model = { platform: 'inferway_translate', outputs: expect.any(Array) };
    expect(await (await get('/models/en-pt/versions/1')).json()).toMatchObject({
      ...model,
      name: 'en-pt',
      versions: ['1'],
    });
    expect(await (await get('/models/detect-objects')).json()).toEqual({
      name: 'detect-objects',
      versions: [],
      platform: 'inferway_detect-objects',
      inputs: expect.arrayContaining([
        { name: 'image', datatype: 'BYTES', shape: [-1] },
        { name: 'labels', datatype: 'BYTES', shape: [-1, -1], optional: true },
        { name: 'region', datatype: 'INT32', shape: [-1, 4], optional: true },
      ]),
      outputs: expect.arrayContaining([
        { name: 'detections.box', datatype: 'FP32', shape: [-1, -1, 4] },
        { name: 'detections.count', datatype: 'INT32', shape: [-1] },
        { name: 'error', datatype: 'BYTES', shape: [-1] },
      ]),
    });
  });

  it('makes the rows of a request items of one job: one admission, one batch, one bill', async () => {
    const before = gateway.queue.submitted.length;
    const reply = await infer('translate', {
      id: 'mine',
      inputs: [texts('Good morning', 'Bom dia'), { ...texts('pt', 'en'), name: 'target' }],
      parameters: { source: 'en' },
    });
    const [job, ...more] = gateway.queue.submitted.slice(before);
    expect(more).toEqual([]);
    expect(job).toMatchObject({
      requestId: reply.parameters.request_id,
      task: 'translate',
      units: 19,
      items: [
        { text: 'Good morning', source: 'en', target: 'pt' },
        { text: 'Bom dia', source: 'en', target: 'en' },
      ],
    });
    expect(reply).toMatchObject({ id: 'mine', model_name: 'translate', parameters: { usage_amount: 14 } });
    expect(reply.tensors['text']).toEqual({ shape: [2], data: ['Good morning', 'Bom dia'] });
  });

  it('asks the model that the address names, and tells the revision that answered', async () => {
    const body = { inputs: [texts('a'), { ...texts('pt'), name: 'target' }] };
    for (const [path, model] of [
      ['en-pt', 'en-pt'],
      ['en-pt/versions/1', 'en-pt@1'],
    ] as const) {
      expect((await infer(path, body)).model_version).toBe('1');
      expect(gateway.queue.submitted.at(-1)).toMatchObject({ models: [model] });
    }
    await infer('translate', { ...body, parameters: { model: 'en-pt' } });
    expect(gateway.queue.submitted.at(-1)).toMatchObject({ models: ['en-pt'] });
    expect(await refusal('en-pt', { ...body, parameters: { model: 'other' } })).toContain(
      '422 request.invalid: parameters.model: is no parameter',
    );
  });

  it('answers the rows that can be, and tells of the others even where nobody asked for errors', async () => {
    const long = 'a'.repeat(6_000);
    const reply = await infer('embed', { ...embed('short', long), outputs: [{ name: 'embedding' }] });
    expect(reply.tensors['embedding']).toEqual({ shape: [2, 2], data: [0.6, 0.8, null, null] });
    expect(reply.tensors['error']).toEqual({
      shape: [2],
      data: ['', expect.stringMatching(/^text\.too_long: /)],
    });
    expect(await refusal('embed', embed(long))).toMatch(/^413 text\.too_long: /);
  });

  it('takes files as bytes behind the JSON, and as base64 inside it', async () => {
    const png = Buffer.from(pngBase64, 'base64');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(png.length);
    const size = { binary_data_size: png.length + 4 };
    const head = JSON.stringify({
      inputs: [{ name: 'image', datatype: 'BYTES', shape: [1, 1], parameters: size }],
    });
    const headers = { [headerLengthField]: String(head.length) };
    const binary = await send('classify-image', Buffer.concat([Buffer.from(head), length, png]), headers);
    const inline = await infer('classify-image', { inputs: [{ ...texts(pngBase64), name: 'image' }] });
    expect(answered.parse(await binary.json()).outputs).toEqual(inline.outputs);
    expect(inline.tensors['labels.label']).toEqual({ shape: [1, 1], data: ['tabby'] });
  });

  it('gives the same reply once more under an Idempotency-Key, and no other surface the same key', async () => {
    const headers = { 'idempotency-key': 'tensors' };
    const first = await infer('embed', embed('a'), headers);
    const before = gateway.queue.submitted.length;
    expect(await infer('embed', embed('a'), headers)).toEqual(first);
    expect(gateway.queue.submitted).toHaveLength(before);
    expect(await refusal('embed', embed('b'), headers)).toMatch(/^422 idempotency\.mismatch/);
  });

  it.each(refusedTensors)('refuses %s with a named error', async (_name, path, body, told) => {
    const found = await refusal(path, body);
    expect(found).toContain(told);
    if (!told.startsWith('4')) expect(found).toMatch(/^422 request\.invalid: /);
  });

  it.each([
    ['no number', 'x', '400 request.malformed: Inference-Header-Content-Length'],
    ['beyond the body', String(json.length + 4), '400 request.malformed: Inference-Header-Content-Length'],
    ['inside the JSON', '20', '400 request.malformed: The body is not valid JSON'],
    ['before bytes that no tensor claims', String(json.length), '422 request.invalid: inputs: say nothing'],
  ])('refuses a header length that is %s', async (_name, length, told) => {
    const body = `${json}\0\0\0`;
    expect(await refusalOf(await send('embed', body, { [headerLengthField]: length }))).toContain(told);
  });

  it('refuses bodies that are empty, no UTF-8, no JSON of ours, or larger than the task takes', async () => {
    expect(await refusalOf(await send('embed', ''))).toMatch(/^400 request\.malformed/);
    expect(await refusalOf(await send('embed', Buffer.of(0x22, 0xff, 0x22)))).toMatch(/^400 /);
    expect(await refusalOf(await send('embed', '{"__proto__":{}}'))).toMatch(/^400 /);
    expect(await refusalOf(await send('embed', `"${'a'.repeat(2 ** 21)}"`))).toMatch(
      /^413 request\.too_large/,
    );
    expect(await refusalOf(await send('classify-image', `"${'a'.repeat(2 ** 21)}"`))).toMatch(/^422 /);
  });

  it('asks for a key, for the scope of the task, and within the limits of the plan', async () => {
    const none = await fetch(`${gateway.target.url}/v2/models/embed`);
    expect(await refusalOf(none)).toMatch(/^401 auth\.missing_key/);
    expect(none.headers.get('www-authenticate')).toMatch(/^Bearer/);
    const withKey = (key: string) => ({ authorization: `Bearer ${key}` });
    const unscoped = withKey(keyText(gateway.target, 'unscoped'));
    // Before its body is read: this one would be refused for what it holds.
    expect(await refusal('embed', {}, unscoped)).toMatch(/^403 auth\.missing_scope: .* scope embed$/);
    const limited = withKey(await limitedKey(gateway.database, { monthlyUnits: { embed: 10 } }));
    expect(await refusal('embed', embed('abcdef', 'ghijkl'), limited)).toMatch(/^402 quota\.exceeded/);
    const few = withKey(await limitedKey(gateway.database, { maxItems: 1 }));
    expect(await refusal('embed', embed('a', 'b'), few)).toMatch(/^4\d\d /);
  });

  it('is ready when the server is, for a server and for each of its models', async () => {
    gateway.models.warm = false;
    for (const path of ['/health/ready', '/models/embed/ready'])
      expect(await refusalOf(await get(path))).toMatch(/^503 engine\.unavailable/);
    gateway.models.warm = true;
    expect(await (await get('/models/embed/ready')).json()).toEqual({ name: 'embed', ready: true });
    expect(await refusalOf(await get('/models/unicorn/ready'))).toMatch(/^404 /);
    expect(await refusalOf(await get('/repository'))).toMatch(/^404 /);
    expect(await refusalOf(await get('/models/embed/infer'))).toMatch(/^405 /);
  });
});
