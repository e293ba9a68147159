import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Instruction, Stage } from './dockerfile.js';

const run = promisify(execFile);

/** What a step leaves in the root of its stage, for steps that this machine has behind it or cannot take. */
export type StandIn = (root: string) => Promise<unknown>;

export interface Image {
  /** The folder that is `/` in a container. */
  root: string;
  environment: Record<string, string>;
  labels: Record<string, string>;
  user: string;
  entrypoint: string[];
  command: string[];
}

const none = { environment: {}, labels: {}, user: '', entrypoint: [], command: [] };

/**
 * Does the COPY and RUN of a Dockerfile's stages in folders, each with nothing but what its instructions put there: a
 * build without a container engine, and so without its base images, users and read-only files.
 */
export class ImageBuilder implements AsyncDisposable {
  readonly #built = new Map<string, Promise<Image>>();

  private constructor(
    private readonly folder: string,
    private readonly stages: readonly Stage[],
    private readonly standIns: Readonly<Record<string, StandIn>>,
  ) {}

  /** @param standIns by the words of their RUN */
  static async create(stages: readonly Stage[], standIns: Record<string, StandIn>): Promise<ImageBuilder> {
    return new ImageBuilder(await mkdtemp(join(tmpdir(), 'inferway-image-')), stages, standIns);
  }

  build(name: string): Promise<Image> {
    const image = this.#built.get(name) ?? this.#build(name);
    this.#built.set(name, image);
    return image;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #build(name: string): Promise<Image> {
    const stage = this.stages.find((each) => each.name === name);
    const root = join(this.folder, name);
    await mkdir(join(root, 'app'), { recursive: true });
    if (stage === undefined) return { ...none, root };
    const base = await this.build(stage.base);
    await link(base.root, root);
    const image = { ...base, root, environment: { ...base.environment }, labels: { ...base.labels } };
    for (const instruction of stage.instructions) await this.#step(image, instruction);
    return image;
  }

  async #step(image: Image, { name, options, words }: Instruction): Promise<void> {
    if (name === 'RUN') await this.#run(image, words);
    else if (name === 'COPY') await this.#copy(image, options['from'], words);
    else if (name === 'WORKDIR') await mkdir(join(image.root, words[0] ?? ''), { recursive: true });
    else if (name === 'ENV') Object.assign(image.environment, pairs(words));
    else if (name === 'LABEL') Object.assign(image.labels, pairs(words));
    else if (name === 'USER') image.user = words[0] ?? '';
    else if (name === 'ENTRYPOINT') image.entrypoint = words;
    else if (name === 'CMD') image.command = words;
  }

  async #run({ root }: Image, words: string[]): Promise<void> {
    const standIn = this.standIns[words.join(' ')];
    if (standIn !== undefined) {
      await standIn(root);
      return;
    }
    const [script = '', ...args] = words;
    const app = join(root, 'app');
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
    await run(join(app, script), args, { cwd: app, env: { PATH: path, HOME: join(root, 'root') } });
  }

  /** Of a folder, what is in it; a target that ends with a slash is a folder. */
  async #copy({ root }: Image, from: string | undefined, words: string[]): Promise<void> {
    const source = from === undefined ? undefined : (await this.build(from)).root;
    const target = words.at(-1) ?? '';
    for (const word of words.slice(0, -1)) {
      if (word.startsWith('/usr/')) continue; // of a base image
      const path = source === undefined ? word : join(source, resolve('/app', word));
      const to = join(root, resolve('/app', target));
      const isFolder = (await stat(path)).isDirectory();
      if (word === '.') await copyContext(to);
      else if (!isFolder) await cp(path, target.endsWith('/') ? join(to, basename(word)) : to);
      else await (source === undefined ? cp(path, to, { recursive: true }) : link(path, to));
    }
  }
}

/** What is in a folder, sharing files with it as far as that is the same disk; not those that npm writes in place. */
export async function link(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await run('cp', ['-a', '--link', `${from}/.`, to]).catch(() => run('cp', ['-a', `${from}/.`, to]));
  for (const name of ['package.json', 'package-lock.json', join('node_modules', '.package-lock.json')])
    for (const folder of [to, join(to, 'app')]) await unshare(join(folder, name));
}

async function unshare(path: string): Promise<void> {
  const text = await readFile(path).catch(() => undefined);
  if (text === undefined) return;
  await rm(path);
  await writeFile(path, text);
}

async function copyContext(to: string): Promise<void> {
  const ignored = new Set((await readFile('.dockerignore', 'utf8')).split('\n'));
  const names = (await readdir('.')).filter((name) => !ignored.has(name));
  await Promise.all(names.map((name) => cp(name, join(to, name), { recursive: true })));
}

const pairs = (words: string[]): Record<string, string> =>
  Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
