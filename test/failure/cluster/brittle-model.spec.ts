import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Inferway, InferwayError } from '#sdk';
import { brittleModels, brittleTexts, ClusterProcess, ServerProcess } from '#testing';

const startTimeoutMs = 180_000;
const mates = Array.from({ length: 31 }, (_, i) => `Train ${i} leaves at noon.`);

interface Subject {
  client: Inferway;
  log(): Promise<string>;
  stop(): Promise<void>;
}

const topologies: [string, (settings: Record<string, string>) => Promise<Subject>][] = [
  [
    'one process',
    async (settings) => {
      const server = await ServerProcess.start(settings);
      const client = new Inferway({ baseUrl: server.url, apiKey: server.apiKey });
      return { client, log: () => server.output(), stop: () => server.stop() };
    },
  ],
  [
    'a cluster',
    async (settings) => {
      const cluster = await ClusterProcess.start({ gateways: 1, workers: 1 }, settings);
      const { urls, apiKey } = cluster.description;
      const client = new Inferway({ baseUrl: urls[0] ?? '', apiKey });
      return { client, log: () => cluster.log(), stop: () => cluster.stop() };
    },
  ],
];

describe.each(topologies)('%s with a model that a text breaks', (_, start) => {
  const started = new AsyncDisposableStack();
  let subject: Subject;
  let billedBefore = 0;

  beforeAll(async () => {
    const { directory } = started.use(await brittleModels());
    subject = await start({ INFERWAY_MODELS: directory });
    started.defer(() => subject.stop());
  }, startTimeoutMs);
  afterAll(() => started.disposeAsync());

  const billed = async () => {
    const { usage } = await subject.client.usage();
    return usage.reduce((sum, { amount }) => sum + amount, 0);
  };
  const linesWith = async (words: string) =>
    (await subject.log()).split('\n').filter((line) => line.startsWith('{') && line.includes(words));
  /** One request of the default deadline with the text in the middle of 31 good ones. */
  const embedAmongMates = async (text: string) => {
    billedBefore = await billed();
    const place = 15;
    const { embeddings, errors } = await subject.client.embed({ text: mates.toSpliced(place, 0, text) });
    expect(embeddings.map((embedding) => embedding !== null)).toEqual(
      Array.from({ length: 32 }, (__, i) => i !== place),
    );
    return errors;
  };
  const charactersOfMates = mates.join('').length;

  it('names the fault at its place, answers and bills the other 31, and logs the cause once', async () => {
    const errors = await embedAmongMates(brittleTexts.breaks);
    expect(errors).toEqual([
      { index: 15, code: 'engine.failed', detail: expect.any(String), retryable: false },
    ]);
    expect((await billed()) - billedBefore).toBe(charactersOfMates);
    expect(await linesWith('out of data bounds')).toEqual([expect.stringContaining('brittle-l6@1')]);
  }, 60_000);

  it('refuses the text by itself under that name, unbilled; the SDK does not send it again', async () => {
    billedBefore = await billed();
    const alone = subject.client.embed({ text: brittleTexts.breaks });
    const error: unknown = await alone.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InferwayError);
    expect(error).toMatchObject({ code: 'engine.failed', status: 500, retryable: false });
    expect(await billed()).toBe(billedBefore);
    expect(await linesWith('out of data bounds')).toHaveLength(2);
    expect(await linesWith('engine.failed')).toHaveLength(2);
  }, 60_000);

  it('names a text that its engine never comes back from, and answers the other 31 within the deadline', async () => {
    const errors = await embedAmongMates(brittleTexts.hangs);
    expect(errors).toEqual([
      { index: 15, code: 'engine.failed', detail: expect.any(String), retryable: false },
    ]);
    expect((await billed()) - billedBefore).toBe(charactersOfMates);
  }, 60_000);
});
