import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import type { OpenEngine } from '../dispatch/engine-link.js';
import { engineHosts } from '../dispatch/engine-process.js';
import { InferenceService, type ServiceParts } from '../dispatch/inference-service.js';
import { sampleRows } from '../gpu/sample-rows.js';
import type { InferenceOutputs } from '../inference.types.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import { ModelRepository } from '../models/model-repository.js';
import { ownProgram } from '../own-program.js';
import { prepackModels } from './prepack-models.js';
import { prepackedPlace } from './prepacked-place.js';

const name = 'minilm-l6';

describe('prepacked graphs', () => {
  let root: string;
  let plain: readonly ModelHandle[];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'prepacked-'));
    await cp(join(modelsDirectory(name), name), join(root, name), { recursive: true, dereference: true });
    plain = (await ModelRepository.open(root)).list();
  });

  beforeEach(() => rm(join(root, '.prepacked'), { recursive: true, force: true }));

  afterAll(() => rm(root, { recursive: true, force: true }));

  it('are mapped by every engine host, and answer with the bits of the graph', async () => {
    const { models, problems } = await prepackModels(plain, 'cpu');
    expect(problems).toEqual([]);
    const own = await serve(plain);
    const shared = await serve(models);
    expect(shared.outputs).toEqual(own.outputs);
    const weights = join(dirname(models[0]?.prepacked?.['main'] ?? ''), 'weights.bin');
    expect(shared.maps).toHaveLength(2);
    for (const map of shared.maps) expect(map).toContain(weights);
    for (const map of own.maps) expect(map).not.toContain('weights.bin');
  }, 60_000);

  it('that are damaged are not used, are told of once for all hosts, and are made again at the next start', async () => {
    const { models } = await prepackModels(plain, 'cpu');
    const path = models[0]?.prepacked?.['main'] ?? '';
    await truncate(path, 1_000);
    const problems: string[] = [];
    const { outputs } = await serve(models, {
      observer: { onCopyLost: (problem) => problems.push(problem) },
    });
    expect(outputs).toHaveLength(2);
    expect(problems).toEqual([
      expect.stringContaining(`${dirname(path)} is damaged and was removed; the next start makes it again (`),
    ]);
    expect((await prepackModels(plain, 'cpu')).problems).toEqual([]);
    expect((await stat(path)).size).toBeGreaterThan(1_000);
  }, 60_000);

  it('of which the graph alone is gone are made again', async () => {
    const { models } = await prepackModels(plain, 'cpu');
    const path = models[0]?.prepacked?.['main'] ?? '';
    await rm(path);
    expect((await prepackModels(plain, 'cpu')).problems).toEqual([]);
    expect((await readdir(dirname(path))).sort()).toEqual(['graph.onnx', 'weights.bin']);
  }, 60_000);

  it('may be read by whoever may read their graph', async () => {
    const graph = join(root, name, plain[0]?.manifest.variants['cpu']?.graphs['main'] ?? '');
    // As downloaded under any umask.
    await chmod(graph, 0o644);
    const { models } = await prepackModels(plain, 'cpu');
    const copy = models[0]?.prepacked?.['main'] ?? '';
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect([await modeOf(dirname(copy)), await modeOf(copy)]).toEqual([0o755, 0o644]);
  }, 60_000);

  it('that this user may not read are left alone, and it is said what to do', async () => {
    const [model] = plain;
    if (model === undefined) throw new Error('no model');
    const directory = prepackedPlace(model, 'main', 'cpu');
    const file = join(directory, 'graph.onnx');
    await mkdir(directory, { recursive: true });
    // Which nobody can open, not even root.
    await symlink(file, file);
    const { models, problems } = await prepackModels(plain, 'cpu');
    expect(models[0]?.prepacked).toEqual({});
    expect(problems).toEqual([
      `${file} cannot be read (ELOOP): let this user read it, or remove it while nothing runs`,
    ]);
    expect(await readdir(dirname(directory))).toEqual([basename(directory)]);
  });

  it('are left out, and it is said why, where the folder of models cannot be written', async () => {
    await writeFile(join(root, '.prepacked'), '');
    const { models, problems } = await prepackModels(plain, 'cpu');
    expect(problems).toEqual([expect.stringMatching(/ENOTDIR|EEXIST/)]);
    expect(models[0]?.prepacked).toEqual({});
  });

  it('are not tried again at every start after an attempt that ended its process, which is said each time', async () => {
    const [model] = plain;
    if (model === undefined) throw new Error('no model');
    const directory = prepackedPlace(model, 'main', 'cpu');
    await mkdir(dirname(directory), { recursive: true });
    const gone = spawnSync(process.execPath, ['--version']).pid;
    await writeFile(`${directory}.attempt`, String(gone));
    const { models, problems } = await prepackModels(plain, 'cpu');
    expect(models[0]?.prepacked).toEqual({});
    expect(problems).toEqual([expect.stringContaining('an attempt ended its process')]);
  });

  it('are not made for a start that fails otherwise, which is heard', async () => {
    const failed = Promise.reject(new Error('no database'));
    await expect(prepackModels(plain, 'cpu', failed)).rejects.toThrow('no database');
    expect(
      (await readdir(join(root, '.prepacked'), { recursive: true })).filter((path) => path.endsWith('.onnx')),
    ).toEqual([]);
  });

  it('are waited for while another process makes them', async () => {
    const found = await Promise.all([prepackModels(plain, 'cpu'), prepackModels(plain, 'cpu')]);
    for (const { models, problems } of found) {
      expect(problems).toEqual([]);
      expect(models[0]?.prepacked).toHaveProperty('main');
    }
  }, 60_000);

  it('leave nothing half-made when they are told to end', async () => {
    const [model] = plain;
    if (model === undefined) throw new Error('no model');
    const directory = prepackedPlace(model, 'main', 'cpu');
    await mkdir(dirname(directory), { recursive: true });
    const { path, execArgv } = ownProgram('engine/prepack.main');
    const child = fork(path, [], { execArgv });
    const file = model.manifest.variants['cpu']?.graphs['main'] ?? '';
    const inputs = model.manifest.graphs['main']?.inputs ?? [];
    const graphs = [{ graph: join(model.directory, file), inputs, directory }];
    child.on('message', () => child.kill('SIGTERM'));
    child.send({ timeLeftMs: 60_000, graphs });
    await once(child, 'close');
    expect((await readdir(dirname(directory))).filter((name) => name.endsWith('.attempt'))).toEqual([]);
    expect((await prepackModels(plain, 'cpu')).problems).toEqual([]);
  }, 60_000);

  it('in which a host crashes are set aside: others start without them, and they are not made again that day', async () => {
    const { models } = await prepackModels(plain, 'cpu');
    const openHost = engineHosts({ variant: 'cpu', startTimeoutMs: 60_000 });
    let opened = 0;
    const openEngine: OpenEngine = (...args) => {
      const host = openHost(...args);
      // As onnxruntime would end it, of itself, while it reads them.
      if (++opened <= 2) process.kill(host.pid ?? NaN, 'SIGSEGV');
      return host;
    };
    const { outputs, maps } = await serve(models, { openEngine });
    expect(outputs).toHaveLength(2);
    expect(opened).toBe(4);
    for (const map of maps) expect(map).not.toContain('weights.bin');
    const again = await prepackModels(plain, 'cpu');
    expect(again.models[0]?.prepacked).toEqual({});
    expect(again.problems).toEqual([expect.stringContaining('an attempt ended its process')]);
  }, 60_000);

  it('that no start uses any more are removed, but for those that another program may', async () => {
    const [model] = plain;
    if (model === undefined) throw new Error('no model');
    const current = prepackedPlace(model, 'main', 'cpu');
    const copies = dirname(dirname(current));
    const here = (entry: string) => join(dirname(current), entry);
    const elsewhere = (entry: string) => join(copies, 'of-another-processor', entry);
    const [earlier, recent] = ['0123456789abcdef', 'fedcba9876543210'];
    const gone = [
      here(`${name}.main.${earlier}`),
      elsewhere(`${name}.main.${earlier}`),
      elsewhere(`removed.main.${earlier}`),
      here(`.${basename(current)}.aB3xYz`),
      here(`${name}.main.${earlier}.attempt`),
    ];
    const kept = [here(`other.main.${earlier}`), elsewhere(basename(current))];
    for (const path of [...gone, ...kept]) await mkdir(path, { recursive: true });
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3_600_000);
    for (const path of [...gone, ...kept]) await utimes(path, twoDaysAgo, twoDaysAgo);
    await mkdir(here(`${name}.main.${recent}`));
    await mkdir(join(root, 'other'));
    await prepackModels(plain, 'cpu');
    await rm(join(root, 'other'), { recursive: true });
    expect(existsSync(join(current, 'graph.onnx'))).toBe(true);
    expect(gone.filter((path) => existsSync(path))).toEqual([]);
    expect([...kept, here(`${name}.main.${recent}`)].filter((path) => !existsSync(path))).toEqual([]);
  });
});

/** Answers of two hosts to a text each, and what each of them has mapped. */
async function serve(
  models: readonly ModelHandle[],
  parts: ServiceParts = {},
): Promise<{ outputs: InferenceOutputs[]; maps: string[] }> {
  const [model] = models;
  if (model === undefined) throw new Error('no model');
  const service = new InferenceService(
    { list: () => models, forTask: () => models },
    {
      hosts: 2,
      variant: 'cpu',
      maxDispatchMs: 1_000,
      maxBacklogMs: 600_000,
      maxRssBytes: 4e9,
      startTimeoutMs: 60_000,
    },
    parts,
  );
  try {
    await service.start();
    const { signal } = new AbortController();
    const deadlineAt = Date.now() + 60_000;
    const rows = await sampleRows(model, ['one', 'two']);
    const results = await Promise.all(
      rows.map((inputs) => service.infer({ model, inputs, tenantId: 'ten', weight: 1, deadlineAt, signal })),
    );
    const pids = service.stats().hosts.map(({ pid }) => pid);
    const maps = await Promise.all(pids.map((pid) => readFile(`/proc/${String(pid)}/maps`, 'utf8')));
    return { outputs: results.map(({ outputs }) => outputs), maps };
  } finally {
    await service.close(Date.now());
  }
}
