import { describe, expect, it } from '@jest/globals';
import type { ItemOutcome, JobEnvelope, JobReply } from '#contracts';
import { AppError, type ErrorCode } from '#kernel';
import { embed, tasks, translate } from '#tasks';
import { JobQueue, type QueueDepth } from '../ports/job-queue.js';
import type { LeasedChunk } from '../ports/job-work-store.js';
import { ChunkRefused, RunChunk } from './run-chunk.js';

const timings = {
  queueMs: 0,
  batchMs: 0,
  encodeMs: 0,
  inferenceMs: 0,
  decodeMs: 0,
  computeMs: 4,
  paddingMs: 0,
};

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('RunChunk', () => {
  it('answers a chunk with one envelope in the bulk lane, in the trace of its submission, each result the reply of the task itself', async () => {
    const { run, queue } = runnerOf(upperCase);
    const { results, computeMs } = await run.execute(chunkOf(['a', 'b']), never());
    expect(queue.submitted).toHaveLength(1);
    expect(queue.submitted[0]).toMatchObject({
      requestId: 'job_1.64',
      lane: 'bulk',
      tenantId: 'ten_1',
      weight: 2,
      units: 2,
      traceparent,
    });
    const usage = { unit: 'characters', amount: 1 };
    expect(results).toEqual([
      { index: 64, output: { translations: [{ text: 'A' }] }, model: 'm@1', usage },
      { index: 65, output: { translations: [{ text: 'B' }] }, model: 'm@1', usage },
    ]);
    expect(computeMs).toBe(8);
  });

  it("makes an input's own failure that input's result, and no other's", async () => {
    const { run } = runnerOf((item) =>
      textOf(item) === 'long' ? failure('text.too_long') : upperCase(item),
    );
    const { results } = await run.execute(chunkOf(['a', 'long', 'c']), never());
    expect(results.map((result) => result?.error?.code)).toEqual([undefined, 'text.too_long', undefined]);
    expect(results[1]).toMatchObject({ index: 65, error: { retryable: false } });
  });

  it('leaves what may pass open, asks again for that alone, and under ids of its own', async () => {
    let failing = true;
    const { run, queue } = runnerOf((item) =>
      failing && textOf(item) !== 'a' ? failure('engine.unavailable') : upperCase(item),
    );
    const chunk = chunkOf(['a', 'b', 'c']);
    const first = await run.execute(chunk, never());
    expect(first.results.map((result) => result === null)).toEqual([false, true, true]);
    expect(first.retryInMs).toBeGreaterThan(0);
    failing = false;
    const second = await run.execute({ ...chunk, attempt: 1, results: first.results }, never());
    expect(queue.submitted.slice(1).map(({ requestId }) => requestId)).toEqual([
      'job_1.64.1.1',
      'job_1.64.1.2',
    ]);
    expect(second.results.every((result) => result?.output !== undefined)).toBe(true);
  });

  it('gives an error that does not pass as the result, after five attempts', async () => {
    const { run } = runnerOf(() => failure('engine.unavailable'));
    const { results } = await run.execute({ ...chunkOf(['a']), attempt: 4 }, never());
    expect(results[0]).toMatchObject({ error: { code: 'engine.unavailable', retryable: true } });
  });

  it('gives what the model fails on as the result at once: another attempt would end the same way', async () => {
    const { run } = runnerOf((item) =>
      textOf(item) === 'poison' ? failure('engine.failed') : upperCase(item),
    );
    const { results } = await run.execute(chunkOf(['a', 'poison']), never());
    expect(results).toMatchObject([
      { output: expect.anything() },
      { error: { code: 'engine.failed', retryable: false } },
    ]);
  });

  it('finds the one input that breaks its envelope, and answers the others', async () => {
    const { run } = runnerOf((item) => {
      if (textOf(item) === 'poison') throw new AppError('internal');
      return upperCase(item);
    });
    const chunk = chunkOf(['a', 'poison', 'c']);
    const first = await run.execute(chunk, never());
    expect(first.results).toEqual([null, null, null]);
    const second = await run.execute({ ...chunk, attempt: 1 }, never());
    expect(second.results.map((result) => result === null)).toEqual([false, true, false]);
    const last = await run.execute({ ...chunk, attempt: 4, results: second.results }, never());
    expect(last.results[1]).toMatchObject({ error: { code: 'internal' } });
  });

  it.each<ErrorCode>([
    'overloaded',
    'queue.unavailable',
    'payloads.unavailable',
    'service.draining',
    'request.cancelled',
    'deadline.exceeded',
  ])('gives the chunk back untouched when the queue says %s', async (code) => {
    const { run } = runnerOf(() => {
      throw new AppError(code, { retryAfterS: 7 });
    });
    const refused = run.execute(chunkOf(['a']), never());
    await expect(refused).rejects.toBeInstanceOf(ChunkRefused);
    await expect(refused).rejects.toMatchObject({ delayMs: 7_000 });
  });

  it('fails an input that this program does not accept, and sends the others', async () => {
    const { run, queue } = runnerOf(upperCase);
    const chunk = {
      ...chunkOf(['a', 'b']),
      inputs: [
        { text: ['a', 'b'], target: 'pt' },
        { text: 'b', target: 'pt' },
      ],
    };
    const { results } = await run.execute(chunk, never());
    expect(results[0]).toMatchObject({ index: 64, error: { code: 'request.invalid' } });
    expect(results[1]).toMatchObject({ index: 65, model: 'm@1' });
    expect(queue.submitted[0]?.items).toHaveLength(1);
  });

  it('fails the inputs of a task that is not served here any more', async () => {
    const { run, queue } = runnerOf(upperCase);
    const { results } = await run.execute({ ...chunkOf(['a']), task: 'gone' }, never());
    expect(results[0]).toMatchObject({ error: { code: 'request.invalid' } });
    expect(queue.submitted).toEqual([]);
  });

  it('knows every task of the registry', async () => {
    const { run } = runnerOf(() => ({
      ok: true,
      output: { embedding: [1, 0] },
      model: 'e@1',
      units: 1,
      timings,
    }));
    const { results } = await run.execute(
      { ...chunkOf(['a']), task: embed.id, inputs: [{ text: 'a' }] },
      never(),
    );
    expect(results[0]).toMatchObject({ output: { embeddings: [[1, 0]] } });
  });
});

type Answer = (item: unknown) => ItemOutcome;

class AnsweringQueue extends JobQueue {
  readonly submitted: JobEnvelope[] = [];

  constructor(private readonly answer: Answer) {
    super();
  }
  override submit(envelope: JobEnvelope): Promise<JobReply> {
    this.submitted.push(envelope);
    return Promise.resolve().then(() => {
      const outcomes = envelope.items.map(this.answer);
      return { version: 1, requestId: envelope.requestId, outcomes };
    });
  }
  override backlog(): QueueDepth[] {
    return [];
  }
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

function runnerOf(answer: Answer) {
  const queue = new AnsweringQueue(answer);
  const findTask = (id: string) => tasks.find((task) => task.id === id);
  return { queue, run: new RunChunk(queue, findTask, { now: () => 1_000 }, () => 0) };
}

function chunkOf(texts: string[]): LeasedChunk {
  return {
    tenantId: 'ten_1',
    jobId: 'job_1',
    firstIndex: 64,
    keyId: 'key_1',
    task: translate.id,
    weight: 2,
    trace: { traceparent },
    attempt: 0,
    holdsUnits: false,
    inputs: texts.map((text) => ({ text, target: 'pt' })),
    results: texts.map(() => null),
  };
}

const textOf = (item: unknown) => translate.item.parse(item).text;
const upperCase = (item: unknown): ItemOutcome => ({
  ok: true,
  output: { text: textOf(item).toUpperCase() },
  model: 'm@1',
  units: 1,
  timings,
});
const failure = (code: ErrorCode): ItemOutcome => ({ ok: false, error: { code, facts: {} }, timings });
const never = () => new AbortController().signal;
