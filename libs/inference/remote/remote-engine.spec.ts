import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { headerLengthField } from '#kernel';
import { modelsDirectory } from '#testing';
import { TritonServer } from '../../testing/triton-server.js';
import type { InferenceObserver } from '../dispatch/inference.observer.js';
import type { InferenceOptions } from '../dispatch/inference.options.js';
import type { RowInputs } from '../inference.types.js';
import { ModelRepository } from '../models/model-repository.js';
import { InferenceHarness, outcomeOf } from '../testing/inference.harness.js';
import { TamperingProxy } from '../testing/tampering.proxy.js';
import { remoteEngines } from './remote-server.js';

const names = ['minilm-l6', 'qa-reader', 'cell-nuclei'];
const testTimeoutMs = 60_000;
const authorization = 'Bearer hidden-token';

/** One row for each kind of graph: tokens to a vector, tokens to tokens, pixels to a field. */
function rowOf(model: string, seed: number): RowInputs {
  const length = 5 + seed * 3;
  if (model === 'cell-nuclei')
    return {
      pixels: Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => (seed * 7_919 + i * 104_729) % 251),
    };
  const input_ids = InferenceHarness.ids(seed, length, 102);
  return model === 'minilm-l6' ? { input_ids } : { input_ids, token_type_ids: new Int32Array(length) };
}

describe('Engines on a server elsewhere', () => {
  let triton: TritonServer;
  let proxy: TamperingProxy;
  let harness: InferenceHarness;
  let kinds: string[];
  let sizes: number[];
  /** What became of the batches that somebody traced. */
  const ends: string[] = [];

  /** The server calls the embedder `sentences`, and has it once more with a smaller bound. */
  const start = async (
    models: readonly string[],
    path?: string,
    options: Partial<InferenceOptions> = {},
  ): Promise<InferenceHarness> => {
    const pathOf = (name: string) =>
      path ?? `/v2/models/${name === 'minilm-l6' ? 'sentences/versions/1' : name}`;
    const open = remoteEngines({
      url: proxy.url,
      headers: { authorization },
      startTimeoutMs: 30_000,
      pathOf,
    });
    [kinds, sizes] = [[], []];
    const observer: InferenceObserver = {
      onHostLost: ({ kind }) => kinds.push(kind),
      onRun: ({ rows }) => sizes.push(rows),
      onBatch: () => ({
        reference: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 },
        linkTo: ({ spanId }) => ends.push(`linked to ${spanId}`),
        answered: ({ rows }) => ends.push(`answered ${rows}`),
        failed: (code) => ends.push(`failed ${code}`),
      }),
    };
    return InferenceHarness.start(modelsDirectory(...models), models, options, observer, {
      openEngine: open,
    });
  };
  const embed = (seed: number, on = harness) =>
    outcomeOf(on.ask('minilm-l6', rowOf('minilm-l6', seed), { timeoutMs: 40_000 }));
  const embedAll = async (count: number, on = harness) =>
    new Set(await Promise.all(Array.from({ length: count }, (_, seed) => embed(seed, on))));

  beforeAll(async () => {
    const repository = await ModelRepository.open(modelsDirectory(...names), { only: names });
    const models = repository.list().map((model) => ({
      model,
      ...(model.name === 'minilm-l6' && { name: 'sentences' }),
    }));
    const small = models.filter(({ model }) => model.name === 'minilm-l6');
    triton = await TritonServer.start([
      ...models,
      ...small.map(({ model }) => ({ model, name: 'small', maxBatch: 3 })),
    ]);
    proxy = await TamperingProxy.start(triton.url);
    proxy.demanded = authorization;
    harness = await start(names);
  }, testTimeoutMs);
  afterEach(() => {
    proxy.tampering = undefined;
  });
  afterAll(async () => {
    await harness.close(0);
    await proxy[Symbol.asyncDispose]();
    await triton.stop();
  });

  it(
    'every kind of graph answers there what it answers here, in batches of several rows',
    async () => {
      const rows = names.flatMap((model) => [1, 2, 3, 4, 5, 6].map((seed) => ({ model, seed })));
      const ask = (on: InferenceHarness) =>
        Promise.all(rows.map(async ({ model, seed }) => (await on.ask(model, rowOf(model, seed))).outputs));
      const there = await ask(harness);
      const local = await InferenceHarness.start(modelsDirectory(...names), names);
      expect(there).toEqual(await ask(local));
      expect(Math.max(...sizes)).toBeGreaterThan(1);
      await local.close();
    },
    testTimeoutMs,
  );

  it('a model of another shape is refused at the start, with every difference', async () => {
    await expect(start(['minilm-l6'], '/v2/models/qa-reader')).rejects.toMatchObject({
      problems: [
        'minilm-l6@1: output embedding is missing',
        'minilm-l6@1: input token_type_ids is not in the manifest',
      ],
    });
    await expect(start(['cell-nuclei'], '/v2/models/small')).rejects.toThrow('input pixels is missing');
  });

  it('a server that takes smaller batches is found out at the start, and served with the bound set', async () => {
    await expect(start(['minilm-l6'], '/v2/models/small')).rejects.toThrow('batch-size must be <= 3');
    const bounded = await start(['minilm-l6'], '/v2/models/small', { maxBatchRows: 3 });
    expect(await embedAll(20, bounded)).toEqual(new Set(['answered']));
    await bounded.close();
  });

  it('a server that does not get ready in time is named, with the reason', async () => {
    const open = remoteEngines({
      url: 'http://127.0.0.1:1',
      headers: {},
      startTimeoutMs: 1,
      pathOf: (name) => name,
    });
    await expect(
      InferenceHarness.start(modelsDirectory('minilm-l6'), ['minilm-l6'], {}, {}, { openEngine: open }),
    ).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1: /);
  });

  it('a row that the server refuses is refused alone', async () => {
    const poison = outcomeOf(harness.ask('minilm-l6', { input_ids: Int32Array.of(101, 99_999_999, 102) }));
    expect(await embedAll(12)).toEqual(new Set(['answered']));
    expect(await poison).toBe('engine.failed');
  });

  it('runs share connections instead of opening one each', async () => {
    const before = proxy.connections;
    for (let seed = 0; seed < 20; seed++) expect(await embed(seed)).toBe('answered');
    expect(proxy.connections - before).toBeLessThan(5);
  });

  it('a server that takes no work now loses nothing, and gets no more work than was refused', async () => {
    kinds = [];
    const before = proxy.encodings.length;
    proxy.tampering = (_incoming, outgoing) => {
      proxy.tampering = undefined;
      outgoing.writeHead(503).end('{"error":"too many requests wait"}');
    };
    expect(await embed(1)).toBe('answered');
    expect(kinds).toEqual(['away']);
    // Not a run more than the row's two: an overloaded server is not asked to prove itself with work.
    expect(proxy.encodings.slice(before)).toEqual(['identity', 'identity']);
  });

  it('a server that asks to be left alone is, and its rows wait without being retried', async () => {
    kinds = [];
    const before = proxy.encodings.length;
    let refusedAt = 0;
    proxy.tampering = (_incoming, outgoing) => {
      proxy.tampering = undefined;
      refusedAt = performance.now();
      outgoing.writeHead(503, { 'retry-after': '1' }).end('{"error":"too many requests wait"}');
    };
    const ms = { computed: Infinity };
    const row = harness.ask('minilm-l6', rowOf('minilm-l6', 1)).then(({ timings }) => {
      ms.computed = timings.computeMs;
    });
    expect(await outcomeOf(row)).toBe('answered');
    const tookMs = performance.now() - refusedAt;
    expect(tookMs).toBeGreaterThan(950);
    expect(ms.computed).toBeLessThan(tookMs - 900);
    expect(kinds).toEqual([]);
    expect(proxy.encodings).toHaveLength(before + 2);
  });

  it('a row whose deadline comes before that is told so, and the server hears of it no more', async () => {
    const before = proxy.encodings.length;
    proxy.tampering = (_incoming, outgoing) => {
      proxy.tampering = undefined;
      const date = new Date(Date.now() + 3_000).toUTCString();
      outgoing.writeHead(429, { 'retry-after': date }).end('{"error":"slow down"}');
    };
    const row = harness.ask('minilm-l6', rowOf('minilm-l6', 1), { timeoutMs: 500 });
    expect(await outcomeOf(row)).toBe('deadline.exceeded');
    expect(proxy.encodings).toHaveLength(before + 1);
    expect(await embed(2)).toBe('answered');
    expect(proxy.encodings).toHaveLength(before + 2);
  });

  it('a server that asks for longer than a row may wait counts as away', async () => {
    kinds = [];
    proxy.tampering = (_incoming, outgoing) => {
      proxy.tampering = undefined;
      outgoing.writeHead(503, { 'retry-after': '3600' }).end();
    };
    expect(await embed(1)).toBe('answered');
    expect(kinds).toEqual(['away']);
  });

  it('a server that does not know us takes no work, and none of what it is shown is told to others', async () => {
    const open = remoteEngines({ url: proxy.url, headers: {}, startTimeoutMs: 1, pathOf: (name) => name });
    await expect(
      InferenceHarness.start(modelsDirectory('minilm-l6'), ['minilm-l6'], {}, {}, { openEngine: open }),
    ).rejects.toThrow('/ready answers 401');
    proxy.tampering = ({ headers }, outgoing) => {
      outgoing.writeHead(400).end(JSON.stringify({ error: `no ${String(headers.authorization)} here` }));
    };
    const refused = harness.ask('minilm-l6', rowOf('minilm-l6', 1));
    await expect(refused).rejects.toMatchObject({
      internal: { reason: expect.stringMatching(/answers 400: no \*\*\* here$/) },
    });
  });

  it('a batch is opened before it is sent, and its trace goes with it; what nobody traces has none', async () => {
    const before = proxy.traces.length;
    const job = { reference: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 } };
    const links: string[] = [];
    const trace = { ...job, linkTo: ({ spanId }: { spanId: string }) => links.push(spanId) };
    await harness.ask('minilm-l6', rowOf('minilm-l6', 1), { trace });
    await harness.ask('minilm-l6', rowOf('minilm-l6', 2));
    expect(proxy.traces.slice(before)).toEqual([`00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`, undefined]);
    expect(links).toEqual(['d'.repeat(16)]);
    expect(ends).toEqual(['linked to bbbbbbbbbbbbbbbb', 'answered 1']);
    ends.length = 0;
    const client = new AbortController();
    proxy.tampering = () => client.abort();
    const row = harness.ask('minilm-l6', rowOf('minilm-l6', 1), { trace, signal: client.signal });
    expect(await outcomeOf(row)).toBe('request.cancelled');
    expect(ends).toEqual(['failed request.cancelled']);
  });

  it.each([
    ['no binary data', { shape: [1, 384] }, 0],
    ['another shape', { shape: [384], parameters: { binary_data_size: 1_536 } }, 1_536],
    ['another type', { datatype: 'FP64', shape: [1, 384], parameters: { binary_data_size: 3_072 } }, 3_072],
    ['fewer bytes than its shape needs', { shape: [1, 384], parameters: { binary_data_size: 8 } }, 8],
    ['fewer bytes than it tells of', { shape: [1, 384], parameters: { binary_data_size: 1_536 } }, 8],
    ['bytes without end', { shape: [1, 384], parameters: { binary_data_size: 1_536 } }, 10_000_000],
  ])('a reply of %s is refused, and the next is read', async (_name, output, bytes) => {
    proxy.tampering = (_incoming, outgoing) => {
      const json = JSON.stringify({ outputs: [{ name: 'embedding', datatype: 'FP32', ...output }] });
      outgoing.writeHead(200, { [headerLengthField]: json.length });
      outgoing.end(Buffer.concat([Buffer.from(json), Buffer.alloc(bytes)]));
    };
    expect(await embed(1)).toBe('engine.failed');
    proxy.tampering = undefined;
    expect(await embed(1)).toBe('answered');
  });

  it('a request that nobody waits for any more is broken off', async () => {
    const client = new AbortController();
    const brokenOff = new Promise<unknown>((resolve) => {
      proxy.tampering = (_incoming, outgoing) => {
        client.abort();
        resolve(once(outgoing, 'close'));
      };
    });
    const row = harness.ask('minilm-l6', rowOf('minilm-l6', 1), { signal: client.signal });
    expect(await outcomeOf(row)).toBe('request.cancelled');
    await brokenOff;
    proxy.tampering = undefined;
    expect(await embed(2)).toBe('answered');
  });

  it(
    'rows in flight when the server is killed are answered when it is back',
    async () => {
      kinds = [];
      const rows = embedAll(60);
      await harness.until('rows are in flight', () => harness.inFlight > 0);
      await triton.crash();
      await harness.until('the engine is lost', () => !harness.service.ready());
      await triton.restart();
      expect(await rows).toEqual(new Set(['answered']));
      expect(kinds).toContain('away');
    },
    testTimeoutMs,
  );
});
