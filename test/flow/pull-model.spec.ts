import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { modelsDirectory, noProxy, referenceAnswers, ServerProcess, writeHubLayout } from '#testing';
import { ConnectProxy } from '../hub/connect-proxy.js';
import { commit, LocalHub } from '../hub/local-hub.js';

const run = promisify(execFile);
const main = join('dist', 'apps', 'inferway', 'src', 'main.js');
const token = 'hf_only_for_the_hub';
const languages = ['--languages', '__en__', '__fr__'];
/** Where two tokens are closer than this, rounding decides between them, and batches round differently. */
const sureMargin = 1e-3;
/** Letters only: numbers and addresses would be protected, which asks the model for more than one answer. */
const plainTexts = z
  .array(z.string())
  .parse(JSON.parse(readFileSync('models/golden/translate/sentences.en.json', 'utf8')))
  .filter((text) => /^[A-Za-z ,.']+$/.test(text))
  .slice(0, 40);

const answered = z.array(z.object({ text: z.string(), margin: z.number() }));
const translated = z.object({ model: z.string(), translations: z.array(z.object({ text: z.string() })) });

describe('models pulled from a hub', () => {
  let folder: string;
  let models: string;
  let hub: LocalHub;
  let proxy: ConnectProxy;
  let server: ServerProcess;
  const outputs = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-pull-'));
    models = join(folder, 'models');
    const at = (name: string) => join(folder, 'hub', name);
    await Promise.all([
      writeHubLayout('marian', at('marian')),
      writeHubLayout('marian', at('split'), '--split'),
      writeHubLayout('m2m', at('m2m')),
      writeHubLayout('embed', at('embed'), '--external', '--quantized'),
      writeHubLayout('answer', at('answer')),
    ]);
    hub = await LocalHub.start({
      'acme/opus-mt-en-de': {
        folder: at('marian'),
        pipelineTag: 'translation',
        tags: ['license:cc-by-4.0'],
        token,
      },
      'acme/split': { folder: at('split'), pipelineTag: 'translation' },
      'acme/M2M.small': { folder: at('m2m'), pipelineTag: 'text2text-generation' },
      'acme/sentences': { folder: at('embed'), pipelineTag: 'sentence-similarity' },
      'acme/reader': { folder: at('answer'), pipelineTag: 'question-answering' },
    });
    proxy = await ConnectProxy.start({ 'hub.test:80': Number(new URL(hub.endpoint).port) });
    const behindProxy = { HF_ENDPOINT: 'http://hub.test', HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' };
    hub.breaks = { afterBytes: 50_000, left: 3 };
    await linkStarterModels('efficientnet-lite0', 'minilm-l6');
    await pull('hf:acme/opus-mt-en-de@main');
    await Promise.all([
      pull('hf:acme/split', '--source', 'en', '--target', 'nl'),
      pull('hf:acme/M2M.small', '--source', 'en', '--target', 'fr'),
      pull('hf:acme/sentences', '--prefer'),
      pull('hf:acme/sentences@main', '--variant', 'quantized', '--name', 'quantized'),
      pullWith(behindProxy, 'hf:acme/reader', '--name', 'small-reader'),
    ]);
    server = await ServerProcess.start({ INFERWAY_MODELS: models });
  }, 240_000);
  afterAll(async () => {
    await server.stop();
    await proxy.stop();
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function linkStarterModels(...names: string[]): Promise<void> {
    const starter = modelsDirectory(...names);
    await mkdir(models, { recursive: true });
    for (const name of names) await symlink(join(starter, name), join(models, name));
  }

  const pull = (repository: string, ...flags: string[]) => pullWith({}, repository, ...flags);

  async function pullWith(
    settings: Record<string, string>,
    repository: string,
    ...flags: string[]
  ): Promise<void> {
    const usual = { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token, INFERWAY_MODELS: models };
    const env = { ...process.env, NODE_OPTIONS: '', ...noProxy, ...usual, ...settings };
    const { stdout } = await run(process.execPath, [main, 'models', 'pull', repository, ...flags], { env });
    outputs.set(repository, stdout);
  }

  async function post<T>(path: string, body: unknown, reply: z.ZodType<T>): Promise<T> {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return reply.parse(await response.json());
  }

  it.each([
    { layout: 'a merged decoder', kind: 'marian', target: 'de', model: 'opus-mt-en-de', flags: [] },
    { layout: 'two decoders', kind: 'split', target: 'nl', model: 'split-en-nl', flags: [] },
    { layout: 'language tokens', kind: 'm2m', target: 'fr', model: 'm2m-small-en-fr', flags: languages },
  ])(
    'with $layout translate as the reference does, alone and among others',
    async ({ kind, target, model, flags }) => {
      const reference = answered.parse(
        await referenceAnswers(join(folder, 'hub', kind), plainTexts, ...flags),
      );
      const sure = [...reference.keys()].filter((index) => (reference[index]?.margin ?? 0) > sureMargin);
      const texts = sure.map((index) => plainTexts[index] ?? '');
      const expected = sure.map((index) => reference[index]?.text.trim());
      expect(texts.length).toBeGreaterThanOrEqual(32);
      expect(new Set(expected).size).toBeGreaterThan(24);
      const ask = async (text: string) => {
        const reply = await post('/v1/translate', { text: [text], source: 'en', target }, translated);
        expect(reply.model).toBe(`${model}@${commit.slice(0, 12)}`);
        return reply.translations[0]?.text;
      };

      const alone: (string | undefined)[] = [];
      for (const text of texts) alone.push(await ask(text));
      expect(alone).toEqual(expected);
      expect(await Promise.all(texts.map(ask))).toEqual(expected);
    },
    60_000,
  );

  it('embed as the reference does, weights beside the graph, in place of the starter model when preferred', async () => {
    const vectors = z.array(z.array(z.number()));
    const reference = vectors.parse(await referenceAnswers(join(folder, 'hub', 'embed'), plainTexts));
    const reply = await post(
      '/v1/embed',
      { text: plainTexts },
      z.object({ embeddings: vectors, model: z.string() }),
    );
    expect(reply.model).toMatch(/^sentences@/);
    for (const [index, vector] of reply.embeddings.entries())
      for (const [at, value] of vector.entries()) expect(value).toBeCloseTo(reference[index]?.[at] ?? NaN, 4);
  });

  it('answer with a passage of the given text', async () => {
    const context = 'the shop opens at nine, and it is not by the word of one that it was had.';
    const answer = z.object({ text: z.string(), start: z.number(), end: z.number() });
    const { answers, model } = await post(
      '/v1/answer',
      { question: 'when is it open?', context },
      z.object({ answers: z.array(answer), model: z.string() }),
    );
    expect(model).toMatch(/^small-reader@/);
    expect(answers.map(({ start, end }) => context.slice(start, end))).toEqual(
      answers.map(({ text }) => text),
    );
    expect(answers.length).toBeGreaterThan(0);
  });

  it('are listed with their revision and licence', async () => {
    const headers = { authorization: `Bearer ${server.apiKey}` };
    const listed: unknown = await (await fetch(`${server.url}/v1/models`, { headers })).json();
    const names = JSON.stringify(listed);
    for (const name of [
      'opus-mt-en-de',
      'm2m-small-en-fr',
      'split-en-nl',
      'small-reader',
      'sentences',
      'minilm-l6',
    ])
      expect(names).toContain(`"${name}@`);
    expect(names).toContain('CC-BY-4.0');
    expect(outputs.get('hf:acme/sentences')).toMatch(/shares embed with minilm-l6@1/);
  });

  it('were fetched with resume, and the token went to the hub alone', () => {
    const storage = hub.requests.filter(({ host }) => host === 'storage');
    expect(storage.filter(({ range }) => range !== undefined).length).toBeGreaterThan(0);
    expect(storage.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    const toHub = hub.requests.filter(({ host }) => host === 'hub');
    expect(new Set(toHub.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${token}`]));
  });

  it('came through the proxy that is set, and from a host that NO_PROXY names without it', () => {
    expect(new Set(proxy.asked)).toEqual(new Set(['hub.test:80']));
    const direct = hub.requests.filter(({ host, path }) => host === 'storage' && /hub%2Fanswer/.test(path));
    expect(direct.length).toBeGreaterThan(0);
  });

  it('run one row at a time where a batch would change their answers', async () => {
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(models, name, 'manifest.json'), 'utf8'));
    const alone = { batchInvariance: 'none', batching: { maxBatch: 1 } };
    expect(await read('quantized')).toMatchObject({
      ...alone,
      variants: { cpu: { precision: 'quantized' } },
    });
    expect(await read('sentences')).toMatchObject({
      batchInvariance: 'rounding',
      batching: { maxBatch: 16 },
    });
    expect(await read('quantized')).not.toHaveProperty('variants.cuda');
  });

  it('are pinned to the commit, and leave nothing unfinished behind', async () => {
    const manifest: unknown = JSON.parse(
      await readFile(join(models, 'split-en-nl', 'manifest.json'), 'utf8'),
    );
    expect(manifest).toMatchObject({
      provenance: { source: 'hf:acme/split', commit, requestedRevision: 'main' },
    });
    expect((await readdir(models)).filter((name) => name.startsWith('.pull'))).toEqual([]);
  });
});
