import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeHubLayout } from '#testing';
import { pullModel, type PullRequest } from '../../apps/inferway/src/hub/pull-model.js';
import { StartupError } from '#process';
import { commit, LocalHub, type LocalRepository } from '../hub/local-hub.js';

const minute = 60_000;
/** More than any disk here, and less than a sparse file may have. */
const hugeBytes = 1e13;

describe('A pull that cannot succeed', () => {
  let folder: string;
  let models: string;
  let hub: LocalHub;
  const lines: string[] = [];

  /** A copy of a repository's folder with one file changed. */
  const changed = (base: string, name: string, path: string, change: (text: string) => string): string => {
    const copy = join(folder, name);
    cpSync(join(folder, base), copy, { recursive: true });
    const file = join(copy, path);
    // Latin-1 keeps every byte of a binary file.
    writeFileSync(file, change(readFileSync(file, 'latin1')), 'latin1');
    return copy;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-refusals-'));
    await writeHubLayout('embed', join(folder, 'embed'));
    await writeHubLayout('embed', join(folder, 'external'), '--external');
    await writeHubLayout('marian', join(folder, 'marian'));
    const embed: LocalRepository = { folder: join(folder, 'embed'), pipelineTag: 'feature-extraction' };
    const marian: LocalRepository = { folder: join(folder, 'marian'), pipelineTag: 'translation' };
    const flip = (content: Buffer) =>
      Buffer.from(content.map((byte, at) => (at === 5_000 ? byte ^ 1 : byte)));
    const from = (base: LocalRepository, where: string): LocalRepository => ({ ...base, folder: where });
    hub = await LocalHub.start({
      'acme/embed': embed,
      'acme/marian': marian,
      'acme/private': from(
        { ...embed, token: 'hf_right' },
        changed('embed', 'private', 'config.json', String),
      ),
      'acme/gated': from(
        { ...embed, token: 'hf_right', gated: true },
        changed('embed', 'gated', 'config.json', String),
      ),
      'acme/damaged': {
        ...from(embed, changed('embed', 'damaged', 'config.json', String)),
        content: (path, content) => (path.endsWith('.onnx') ? flip(content) : content),
      },
      'acme/huge': { ...embed, size: (path, size) => (path.endsWith('.onnx') ? hugeBytes : size) },
      'acme/longer': { ...embed, size: (path, size) => (path.endsWith('.onnx') ? size - 1 : size) },
      'acme/endless': { ...embed, endless: true },
      'acme/hostile': {
        ...embed,
        listed: (paths) => [
          ...paths,
          '../evil.json',
          'onnx/../../model.onnx',
          'onnx/model.onnx_data/../../x',
        ],
      },
      'acme/torch': { ...embed, listed: () => ['config.json', 'pytorch_model.bin'] },
      'acme/untold': { folder: embed.folder },
      'acme/slow-tokenizer': {
        ...marian,
        listed: (paths) => paths.filter((path) => path !== 'tokenizer.json'),
      },
      'acme/unknown': from(
        marian,
        changed('marian', 'unknown', 'config.json', (text) => text.replace('marian', 'whisper')),
      ),
      'acme/escaping': from(
        embed,
        changed('external', 'escaping', 'onnx/model.onnx', (text) =>
          text.replaceAll('model.onnx_data', '../../../secret'),
        ),
      ),
      'acme/garbage': from(
        embed,
        changed('embed', 'garbage', 'onnx/model.onnx', (text) => text.slice(0, 300)),
      ),
    });
  }, minute);
  beforeEach(async () => {
    models = await mkdtemp(join(folder, 'models-'));
    lines.length = 0;
  });
  afterEach(() => {
    hub.breaks = { afterBytes: Infinity, left: 0 };
    hub.refusals = [];
  });
  afterAll(async () => {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const pull = (repository: string, request: PullRequest = {}, settings = {}) =>
    pullModel(repository, request, {
      models,
      hub: { endpoint: hub.endpoint, ...settings },
      progress: { say: (line) => lines.push(line), show: () => undefined },
      backOffMs: 1,
    });
  const outcome = (...args: Parameters<typeof pull>) =>
    pull(...args).then(
      ({ name }) => `installed ${name}`,
      (error: unknown) => (error instanceof StartupError ? error.message : `not one line: ${String(error)}`),
    );
  const installed = async () => (await readdir(models)).filter((name) => !name.startsWith('.'));

  const translation = { source: 'en', target: 'de' };
  it.each<{ why: string; repository: string; request?: PullRequest; settings?: object; says: RegExp }>([
    { why: 'a name that is none', repository: 'hf:acme', says: /is not hf:<owner>\/<name>/ },
    { why: 'a name that climbs', repository: 'hf:acme/embed@a/../../b', says: /is not hf:<owner>\/<name>/ },
    { why: 'no such repository', repository: 'hf:acme/nobody', says: /check the spelling, or set HF_TOKEN/ },
    {
      why: 'no such repository for this token',
      repository: 'hf:acme/nobody',
      settings: { token: 'hf_right' },
      says: /no such repository or file on 127.*check the spelling/,
    },
    { why: 'no such revision', repository: 'hf:acme/embed@v9', says: /no such revision/ },
    { why: 'a private repository', repository: 'hf:acme/private', says: /set HF_TOKEN if it is private/ },
    {
      why: 'a wrong token',
      repository: 'hf:acme/private',
      settings: { token: 'hf_wrong' },
      says: /does not accept the token in HF_TOKEN/,
    },
    {
      why: 'a gated one without a token',
      repository: 'hf:acme/gated',
      says: /accept its terms .* then set HF_TOKEN/,
    },
    {
      why: 'a gated one whose terms are not accepted',
      repository: 'hf:acme/gated',
      settings: { token: 'hf_other' },
      says: /gated and the token in HF_TOKEN has no access/,
    },
    {
      why: 'no network',
      repository: 'hf:acme/embed',
      settings: { endpoint: 'http://127.0.0.1:9' },
      says: /127\.0\.0\.1:9 cannot be reached \(.+\): check the network/,
    },
    {
      why: 'damage on the way',
      repository: 'hf:acme/damaged',
      says: /onnx\/model.onnx does not have the hash/,
    },
    {
      why: 'a full disk',
      repository: 'hf:acme/huge',
      says: /are free in .*: free some space and pull again/,
    },
    {
      why: 'a file that is longer than its list says',
      repository: 'hf:acme/longer',
      says: /onnx\/model.onnx could not be fetched \(more than \d+ bytes came\)/,
    },
    {
      why: 'a list without end',
      repository: 'hf:acme/endless',
      says: /does not answer as the Hugging Face hub does: check HF_ENDPOINT \(more than \d+ bytes came\)/,
    },
    { why: 'another layout', repository: 'hf:acme/torch', says: /not in the Optimum layout.*optimum-cli/ },
    {
      why: 'no such variant',
      repository: 'hf:acme/embed',
      request: { variant: 'int8' },
      says: /no variant int8; choose one of fp32/,
    },
    { why: 'an unknown purpose', repository: 'hf:acme/untold', says: /name a --task \(translate, embed/ },
    {
      why: 'a task that its graphs cannot do',
      repository: 'hf:acme/embed',
      request: { task: 'answer' },
      says: /has no start_logits: it is not a question-answering model/,
    },
    { why: 'an unnamed pair', repository: 'hf:acme/marian', says: /--source en --target de/ },
    {
      why: 'no tokenizer.json',
      repository: 'hf:acme/slow-tokenizer',
      request: translation,
      says: /no tokenizer.json/,
    },
    {
      why: 'an unknown architecture',
      repository: 'hf:acme/unknown',
      request: translation,
      says: /architecture whisper is not known/,
    },
    {
      why: 'an unknown language token',
      repository: 'hf:acme/marian',
      request: { ...translation, languageTokens: { target: '>>deu<<' } },
      says: /has no token >>deu<</,
    },
    { why: 'weights outside the folder', repository: 'hf:acme/escaping', says: /cannot be served/ },
    { why: 'a graph that is none', repository: 'hf:acme/garbage', says: /onnxruntime refuses a graph/ },
    { why: 'a bad name', repository: 'hf:acme/embed', request: { name: '../x' }, says: /use small letters/ },
  ])(
    'for $why says so in one line and installs nothing',
    async ({ repository, request, settings, says }) => {
      const said = await outcome(repository, request, settings);
      expect(said).toMatch(says);
      expect(said).not.toContain('\n');
      expect(await installed()).toEqual([]);
    },
    minute,
  );

  it(
    'never asks for paths outside the layout, whatever the list says',
    async () => {
      const before = hub.requests.length;
      expect(await outcome('hf:acme/hostile')).toBe('installed hostile');
      const asked = hub.requests.slice(before).map(({ path }) => path);
      expect(
        asked.filter((path) => path.includes('..') || path.includes('%2E') || path.includes('evil')),
      ).toEqual([]);
      expect(await readdir(join(models, 'hostile'))).toContain('model.onnx');
    },
    minute,
  );

  it(
    'keeps what came before the connection was lost for good, and the next pull goes on from there',
    async () => {
      hub.breaks = { afterBytes: 30_000, left: 1 };
      const stopped = outcome('hf:acme/embed');
      // From here on nothing comes any more.
      while (hub.breaks.left > 0) await new Promise((resolve) => setImmediate(resolve));
      hub.breaks = { afterBytes: 0, left: 1_000 };
      expect(await stopped).toMatch(/onnx\/model.onnx could not be fetched .* what has come so far is kept/);
      expect(await installed()).toEqual([]);

      hub.breaks = { afterBytes: Infinity, left: 0 };
      const before = hub.requests.length;
      expect(await outcome('hf:acme/embed')).toBe('installed embed');
      const ranges = hub.requests.slice(before).flatMap(({ range }) => range ?? []);
      // Once to the hub, which points at storage, and once there.
      expect(ranges).toEqual(['bytes=30000-', 'bytes=30000-']);
    },
    minute,
  );

  it(
    'is not followed by drafts of earlier commits once another has succeeded',
    async () => {
      for (const draft of ['.pull-embed-aaaaaaaaaaaa', '.pull-embed-x-aaaaaaaaaaaa'])
        await mkdir(join(models, draft));
      expect(await outcome('hf:acme/embed')).toBe('installed embed');
      expect((await readdir(models)).sort()).toEqual(['.pull-embed-x-aaaaaaaaaaaa', 'embed']);
    },
    minute,
  );

  it.each(['{"name": "embed", "provenance": {"package": "pypi"}}', '{"name": "emb'])(
    'leaves a model of another origin alone: %s',
    async (text) => {
      await mkdir(join(models, 'embed'));
      const manifest = join(models, 'embed', 'manifest.json');
      await writeFile(manifest, text);
      expect(await outcome('hf:acme/embed')).toMatch(/another model named embed .* --name/);
      expect(await readFile(manifest, 'utf8')).toBe(text);
    },
  );

  it(
    'waits as long as it is told to, for the list and for a file, and says so',
    async () => {
      hub.refusals = [
        { status: 429, headers: { 'retry-after': '1' } },
        { status: 429, headers: { ratelimit: '"resolvers";r=0;t=1' } },
      ];
      const startedAt = performance.now();
      expect(await outcome('hf:acme/embed')).toBe('installed embed');
      expect(performance.now() - startedAt).toBeGreaterThan(2_000);
      expect(lines.filter((line) => line.includes('answers no more requests for 1 s: waiting'))).toHaveLength(
        2,
      );
    },
    minute,
  );

  it('does not wait for longer than somebody would watch it', async () => {
    hub.refusals = [{ status: 503, headers: { 'retry-after': '3600' } }];
    expect(await outcome('hf:acme/embed')).toMatch(
      /^127\S+ answers no more requests for 3600 s: pull again then/,
    );
    expect(hub.refusals).toEqual([]);
  });

  it(
    'asks for no more space than what has not come yet',
    async () => {
      const part = join(models, `.pull-huge-${commit.slice(0, 12)}`, 'huge', 'model.onnx.part');
      await mkdir(dirname(part), { recursive: true });
      await writeFile(part, '');
      await truncate(part, hugeBytes - 1);
      expect(await outcome('hf:acme/huge')).toMatch(/onnx\/model.onnx could not be fetched/);
    },
    minute,
  );

  it(
    'waits for nobody: of two at once one is refused',
    async () => {
      const both = await Promise.all([outcome('hf:acme/embed'), outcome('hf:acme/embed')]);
      expect(both.sort()).toEqual([
        expect.stringMatching(/^embed is being pulled already \(.*process.*\): wait for it$/),
        'installed embed',
      ]);
    },
    minute,
  );

  it(
    'as an update leaves the earlier revision in place',
    async () => {
      expect(await outcome('hf:acme/embed')).toBe('installed embed');
      const manifest = await readFile(join(models, 'embed', 'manifest.json'), 'utf8');
      expect(await outcome('hf:acme/damaged', { name: 'embed' })).toMatch(/another model named embed/);
      expect(await outcome('hf:acme/embed', { variant: 'q4' })).toMatch(/no variant q4/);
      expect(await readFile(join(models, 'embed', 'manifest.json'), 'utf8')).toBe(manifest);
      expect(await outcome('hf:acme/embed', { prefer: true })).toBe('installed embed');
      expect(await readFile(join(models, 'embed', 'manifest.json'), 'utf8')).toContain('"preference": 1');
    },
    minute,
  );
});
