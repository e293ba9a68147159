import { execFile } from 'node:child_process';
import { access, constants, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const repository = process.cwd();

export interface Outcome {
  /** Exit code. */
  code: number;
  stdout: string;
  /** Non-empty lines of the error output, where people read. */
  lines: string[];
}

/**
 * A machine of its own for the set-up scripts: a root that holds copies of what a test names, an empty home, and a
 * PATH on which only the named tools exist. Nothing in it is the repository's, so the scripts may do what they do.
 */
export class Sandbox implements AsyncDisposable {
  private constructor(readonly root: string) {}

  /** Copies `paths` of the repository; `tools` are found on this machine and linked. */
  static async create(paths: readonly string[], tools: readonly string[]): Promise<Sandbox> {
    const sandbox = new Sandbox(await mkdtemp(join(tmpdir(), 'inferway-setup-')));
    await Promise.all(['bin', 'home'].map((folder) => mkdir(sandbox.path(folder))));
    await Promise.all(paths.map((path) => sandbox.copy(path)));
    await Promise.all(tools.map((tool) => sandbox.link(tool)));
    return sandbox;
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  async copy(path: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await cp(join(repository, path), this.path(path), { recursive: true });
  }

  async write(path: string, text: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), text, { mode });
  }

  /** Puts a shell script on the PATH in place of a tool. */
  async tool(name: string, script: string): Promise<void> {
    await rm(this.path('bin', name), { force: true });
    await this.write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);
  }

  /** Runs a script of the sandbox; never longer than `timeoutMs`. */
  run(script: string, args: readonly string[] = [], environment = {}, timeoutMs = 120_000): Promise<Outcome> {
    const env = { PATH: this.path('bin'), HOME: this.path('home'), ...environment };
    const options = { cwd: this.root, env, timeout: timeoutMs };
    return new Promise((resolve) => {
      execFile(this.path(script), [...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, lines: stderr.split('\n').filter((line) => line.trim() !== '') });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  private async link(tool: string): Promise<void> {
    const found = await which(tool);
    if (found === undefined) throw new Error(`${tool} is not on this machine`);
    await symlink(found, this.path('bin', tool));
  }
}

/** What the scripts themselves are written with; every Debian machine has it. */
export const basics = [
  ...[
    'awk',
    'bash',
    'basename',
    'cat',
    'cp',
    'cut',
    'df',
    'dirname',
    'env',
    'find',
    'flock',
    'grep',
    'ln',
    'mkdir',
  ],
  ...['mktemp', 'mv', 'readlink', 'rm', 'sed', 'sh', 'sha256sum', 'sort', 'tail', 'tee', 'wc', 'xargs'],
];

/** The whole PATH of the tests, for what must find more than `basics`. */
export const wholePath = process.env['PATH'] ?? '';

async function which(tool: string): Promise<string | undefined> {
  for (const folder of wholePath.split(delimiter)) {
    const path = join(folder, tool);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
