import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ModelRepository } from '#inference';
import { modelsDirectory, OtlpReceiver, ServerProcess } from '#testing';
import { TritonServer } from '../../libs/testing/triton-server.js';
import { TamperingProxy } from '../../libs/inference/testing/tampering.proxy.js';

const reply = z.object({
  model: z.string(),
  usage: z.object({ amount: z.number() }),
  embeddings: z.array(z.array(z.number())).optional(),
});

/** A translator that runs here, and of the embedder only what is read here. */
async function modelsWithoutGraph(): Promise<string> {
  const pack = modelsDirectory('minilm-l6', 'translate-en-pt');
  const folder = await mkdtemp(join(tmpdir(), 'inferway-models-'));
  await symlink(join(pack, 'translate-en-pt'), join(folder, 'translate-en-pt'));
  for (const file of ['manifest.json', 'tokenizer.json'])
    await cp(join(pack, 'minilm-l6', file), join(folder, 'minilm-l6', file));
  return folder;
}

describe('a server whose embedder runs on Triton', () => {
  let triton: TritonServer;
  let server: ServerProcess;
  let folder: string;
  /** Asks who comes, as a gateway before Triton does. */
  let proxy: TamperingProxy;
  let receiver: OtlpReceiver;
  beforeAll(async () => {
    folder = await modelsWithoutGraph();
    const models = await ModelRepository.open(modelsDirectory('minilm-l6'), { only: ['minilm-l6'] });
    triton = await TritonServer.start(models.list().map((model) => ({ model, name: 'sentences' })));
    proxy = await TamperingProxy.start(triton.url);
    proxy.demanded = 'Bearer hidden-token';
    const headers = join(folder, 'headers');
    await writeFile(headers, `${proxy.url} Authorization: ${proxy.demanded}\n`);
    receiver = await OtlpReceiver.start();
    server = await ServerProcess.start({
      ...receiver.settings,
      INFERWAY_MODELS: folder,
      REMOTE_MODELS: `minilm-l6=${proxy.url}/v2/models/sentences`,
      REMOTE_HEADERS_FILE: headers,
      ENGINE_HOSTS: '1',
      REMOTE_CONNECTIONS: '2',
    });
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await receiver.stop();
    await proxy[Symbol.asyncDispose]();
    await triton.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const post = async (path: string, body: object) => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.apiKey}`,
        'content-type': 'application/json',
        'x-deadline-ms': '30000',
      },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return reply.parse(await response.json());
  };
  const embed = () => post('/v1/embed', { text: ['A small house.', 'A large garden.'] });
  const translate = () => post('/v1/translate', { text: 'A small house.', source: 'en', target: 'pt' });
  const metric = async (name: string) =>
    Number(new RegExp(`^inferway_${name} (\\S+)$`, 'm').exec(await server.metrics())?.[1]);

  it('answers and bills as if it ran here, and counts its connections among the engines', async () => {
    const { model, usage, embeddings } = await embed();
    expect(model).toBe('minilm-l6@1');
    expect(usage.amount).toBe(29);
    for (const vector of embeddings ?? [])
      expect(vector.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
    expect(embeddings).toHaveLength(2);
    expect(await metric('engine_hosts')).toBe(3);
  });

  it('has its batches traced there, in the trace of the batch here', async () => {
    const before = proxy.traces.length;
    await embed();
    const sent = proxy.traces.slice(before).map(String);
    expect(sent).not.toEqual([]);
    const batches = () => receiver.named('batch').map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
    await receiver.until('its batches', () => sent.every((trace) => batches().includes(trace)));
  });

  it('keeps what waits for Triton while it is gone, and answers the rest meanwhile', async () => {
    const before = await embed();
    await triton.crash();
    const waiting = embed();
    await translate();
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    while ((await metric('engines_missing')) === 0) await sleep(50);
    await triton.restart();
    expect((await waiting).embeddings).toEqual(before.embeddings);
    expect(await server.output()).toContain('"kind":"away"');
    expect(await server.output()).not.toContain('hidden-token');
  }, 60_000);
});
