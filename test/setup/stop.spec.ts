import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { basics, Sandbox } from './sandbox.js';

const files = ['scripts', 'models', 'package-lock.json', '.npmrc'];
const busy = (name: string) => `echo $$ > ${name}.pid; exec sleep 60`;

describe('a set-up that is stopped', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s leaves no process behind',
    async (signal) => {
      await using sandbox = await Sandbox.create(files, [...basics, 'node', 'sleep']);
      await sandbox.tool('npm', busy('npm'));
      await sandbox.tool('python3', `[ "$3" = build ] || [ "$3" = install ] || exit 0; ${busy('python')}`);
      const environment = { PATH: sandbox.path('bin'), HOME: sandbox.path('home') };
      const setup = spawn(sandbox.path('scripts/setup.sh'), { cwd: sandbox.root, env: environment });
      const children = await Promise.all([pidIn(sandbox.path('npm.pid')), pidIn(sandbox.path('python.pid'))]);
      expect(children.map(isAlive)).toEqual([true, true]);

      setup.kill(signal);
      await once(setup, 'close'); // its output closes when the last process that writes to it has gone
      expect(setup.exitCode).toBe(signal === 'SIGTERM' ? 143 : 130);
      await Promise.all(children.map(untilGone));
    },
    20_000,
  );
});

async function pidIn(path: string): Promise<number> {
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt;) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await sleep(10);
  }
  throw new Error(`nobody wrote ${path}`);
}

/** A process that has ended keeps its pid until its new parent, the machine's first process, has taken note. */
async function untilGone(pid: number): Promise<void> {
  for (const giveUpAt = Date.now() + 5_000; Date.now() < giveUpAt;) {
    if (!isAlive(pid)) return;
    await sleep(10);
  }
  throw new Error(`process ${pid} was left behind`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
